import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { directoryForTests } from '../../support/directory-for-tests.ts';
import { runShimgate } from './run-shimgate.ts';

/** A second thread reads half of what is longer than this. */
const worthwhileBytes = 64 * 1024 * 1024;

/** Node runs it in each thread, before the program: it says which ended, and how. */
const tell = `import { writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
process.on('exit', (code) => writeSync(2, 'thread ' + threadId + ' ended with ' + code + '; '));`;
const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`];

const directory = directoryForTests();

test('audit of a list that two threads read says what it says of the same list from standard input', async () => {
  const filling = 'x'.repeat(100_000);
  const items = Array.from({ length: 700 }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `web-${index}`, namespace: 'default', annotations: { filling } },
    spec: index % 2 === 0 ? { runtimeClass: 'kata' } : { runtimeClassName: 'kata' },
  }));
  const text = JSON.stringify({ apiVersion: 'v1', items, kind: 'List' }, null, 4);
  expect(text.length).toBeGreaterThan(worthwhileBytes + 1024 * 1024);
  const file = join(directory, 'pods.json');
  await writeFile(file, text);

  const [byTwo, byOne] = await Promise.all([
    runShimgate(['audit', '--objects', file, '-o', 'json'], { nodeArgs }),
    runShimgate(['audit', '--objects', '-', '-o', 'json'], { nodeArgs, stdin: text }),
  ]);
  const ends = ['thread 1 ended with 0; ', 'thread 0 ended with 1; '];
  expect(byOne.stderr).toBe(ends[1]);
  expect(byTwo.stderr).toBe(availableParallelism() > 1 ? ends.join('') : ends[1]);
  const sameSource = byOne.stdout.replaceAll('"stdin"', JSON.stringify(file));
  expect(byTwo.stdout).toBe(sameSource.replace('manifests in -', `manifests in ${file}`));
  const { codes } = JSON.parse(byTwo.stdout) as Report;
  const count = items.length / 2;
  expect(codes).toMatchObject([
    { code: 'RuntimeClassNotFound', count },
    { code: 'MisplacedField', count },
  ]);
});

type Report = { readonly codes: readonly object[] };
