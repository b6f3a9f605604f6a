import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/**
 * Jest's transform: Node's own type stripping. Types become blanks, so lines and columns in a stack trace are those of
 * the source and no source map is needed. Synchronous and asynchronous form are the same function.
 */
const transform = {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
  getCacheKey: (source, path, { configString }) =>
    createHash('sha256').update(process.version).update(configString).update(path).update(source).digest('hex'),
};

export default transform;
