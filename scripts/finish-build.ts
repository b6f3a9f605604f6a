/** Makes the entry point executable, so that `npx shimgate` and a symlink as a kubectl plugin run it. */
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';

await chmod(join(import.meta.dirname, '..', 'dist', 'main.js'), 0o755);
