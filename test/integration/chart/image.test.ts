import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { version } from '../../../src/cli/version.ts';
import { finalStage, imageUser, nodeFlags } from '../../support/installation/image.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** What the final stage takes over, as paths in the repository. */
const copied = Array.from(finalStage.matchAll(/^COPY --from=build \/app\/(\S+) /gm), ([, path = '']) => path);

describe('the image', () => {
  // Outside of the repository, so that no node_modules is anywhere above it.
  let app: string;

  beforeAll(() => {
    app = mkdtempSync(join(tmpdir(), 'shimgate-image-'));
    for (const path of copied) cpSync(join(root, path), join(app, basename(path)), { recursive: true });
  });

  afterAll(() => {
    rmSync(app, { recursive: true });
  });

  test.each([
    [['--version'], version],
    [['resolve', 'io.containerd.kata.v2'], 'containerd-shim-kata-v2'],
    [['serve', '--config', 'none'], 'give --tls-cert-file and --tls-private-key-file'],
    [['review', '--filename', join(root, 'deploy', 'samples', 'gvisor')], 'RuntimeClass gvisor'],
  ])('has all that it takes to run %j', async (args, said) => {
    const started = [...nodeFlags, 'dist/main.js', ...args];
    const run = promisify(execFile)(process.execPath, started, { cwd: app, env: {} });
    const { stdout, stderr } = await run.catch((error: unknown) => error as Awaited<typeof run>);
    expect(stdout + stderr).toContain(said);
  });

  test('runs as a user by number, since a kubelet cannot look names up, and the chart leaves it to the image', () => {
    expect(imageUser).toBeGreaterThan(0);
    const values = parse(readFileSync(join(root, 'charts', 'shimgate', 'values.yaml'), 'utf8')) as object;
    expect(values).toMatchObject({ podSecurityContext: { runAsNonRoot: true } });
    // OpenShift's restricted-v2 chooses a user, and refuses one that a pod names.
    expect(JSON.stringify(values)).not.toContain('runAsUser');
  });
});
