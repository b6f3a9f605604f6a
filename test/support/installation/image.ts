import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const dockerfile = readFileSync(join(import.meta.dirname, '..', '..', '..', 'deploy', 'Dockerfile'), 'utf8');

/** What the image is made of in the end, as its Dockerfile says. */
export const finalStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

const [command, ...args] = JSON.parse(/^ENTRYPOINT (.+)$/m.exec(finalStage)?.[1] ?? '[]') as string[];
if (command !== 'node' || args.at(-1) !== 'dist/main.js') throw new Error('The image starts something else.');

/** Node's own options in the image. */
export const nodeFlags: readonly string[] = args.slice(0, -1);

/** The user that the image runs as, by number: a kubelet refuses runAsNonRoot for a name. */
export const imageUser = Number(/^USER (\d+):\d+$/m.exec(finalStage)?.[1]);
if (Number.isNaN(imageUser)) throw new Error('The image names no user by number.');
