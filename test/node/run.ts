/** Runs the node tests: `node test/node/run.ts [jest's arguments]`. */
import { endOnSignal } from './prepare/ending.ts';
import { runInNamespaces } from './prepare/in-namespaces.ts';
import { prepareShared } from './prepare/shared.ts';

endOnSignal();
try {
  process.exitCode = await runInNamespaces(await prepareShared('make test-node', 'with image'), process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
