/** Writes docs/commands.md from the command line itself; with --check, fails where the file is not what would be written. */
import { join } from 'node:path';
import { commandReference } from './docs/command-reference.ts';
import { writeOrCheck } from './written-file.ts';

await writeOrCheck(join(import.meta.dirname, '..', 'docs', 'commands.md'), commandReference(), 'npm run docs');
