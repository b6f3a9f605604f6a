import { readFileSync } from 'node:fs';

/** The version of this build: package.json is beside src and dist alike. */
export const version: string = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }
).version;
