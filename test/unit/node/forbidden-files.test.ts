import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from '@jest/globals';
import { worded } from '../../../src/finding/wording.ts';
import { importPaths } from '../../../src/import/import-paths.ts';
import { asOrdinaryUser } from '../../support/as-ordinary-user.ts';
import { layNode, shim } from '../../support/lay-node.ts';
import { describeNode } from './describe-laid-node.ts';

const asRoot = 'Run this as root, as containerd is; agents are with nodes.runAsRoot=true.';
const configuration = '/etc/containerd/config.toml';

let closed: string | undefined;

afterEach(async () => {
  if (closed !== undefined) await chmod(closed, 0o755);
});

/** @param ofRoot what root alone may read, or look into */
async function nodeWith(imports: readonly string[], ofRoot?: string): Promise<string> {
  const text = `version = 3\nimports = ${JSON.stringify(imports)}\n`;
  const root = await layNode({
    '/usr/local/bin/containerd-shim-runc-v2': shim,
    '/usr/local/sbin/runc': shim,
    [configuration]: text,
    '/etc/containerd/conf.d/kata.toml': 'version = 3\n',
    '/etc/cri/other.toml': '',
    '/etc/docker/daemon.json': '{}',
    '/srv/containerd/linked.toml': 'version = 3\n',
    '/etc/containerd/linked.toml': { link: '/srv/containerd/linked.toml' },
  });
  closed = ofRoot && join(root, ofRoot);
  if (closed !== undefined) await chmod(closed, 0);
  return root;
}

const importable = async (root: string) => {
  const { findings } = await asOrdinaryUser(root, () => importPaths([configuration], Readable.from([]), { root }));
  return findings.map(worded).map(({ code, severity, message, fix }) => ({ code, severity, message, fix }));
};

const describedCondition = async (root: string, hostPaths?: readonly string[]) => {
  const { conditions } = await asOrdinaryUser(root, () => describeNode(root, {}, hostPaths));
  return conditions[0];
};

test.each([
  ['a file', '/etc/containerd/conf.d/kata.toml', '/etc/containerd/conf.d/kata.toml', 'it'],
  ['a file that a pattern matches', '/etc/containerd/conf.d/*.toml', '/etc/containerd/conf.d/kata.toml', 'it'],
  ['a directory', '/etc/containerd/conf.d/*.toml', '/etc/containerd/conf.d', 'a directory of it'],
])(
  '%s of imports that root alone may read is not taken for missing, and its reader is told to be root',
  async (...row) => {
    const [, imported, ofRoot, what] = row;
    const root = await nodeWith([imported], ofRoot);
    const path = what === 'it' ? '/etc/containerd/conf.d/kata.toml' : imported;
    const message = `The import "${path}" could not be looked up: ${what} may not be read by this user.`;
    expect(await importable(root)).toEqual([{ code: 'ImportNotLookedUp', severity: 'warning', message, fix: asRoot }]);
    expect(await describedCondition(root)).toEqual({
      type: 'ConfigurationRead',
      status: 'False',
      reason: 'ImportsUnseen',
      message: `${configuration} has an import where the agent cannot look: what is said here may lack something. ${asRoot}`,
    });
  },
);

test('a configuration that root alone may read is no broken one', async () => {
  const root = await nodeWith([], configuration);
  expect(await importable(root)).toEqual([
    { code: 'UnreadableFile', severity: 'error', message: 'The file may not be read by this user.', fix: asRoot },
  ]);
  expect(await describedCondition(root)).toMatchObject({
    reason: 'Unreadable',
    message: `${configuration} may not be read by this user. ${asRoot}`,
  });
});

test.each([
  ['containerd itself', '/etc/containerd', configuration],
  ['a distribution, and not a general one that is there', '/etc/cri', '/etc/cri/containerd.toml'],
])('a directory that root alone may look into may have the configuration of %s', async (_, ofRoot, place) => {
  const root = await nodeWith([], ofRoot);
  expect(await describedCondition(root)).toMatchObject({
    reason: 'Unreadable',
    message: `${place} may not be read by this user. ${asRoot}`,
  });
});

test("a directory of Docker's that root alone may look into says nothing of containerd's configuration", async () => {
  const root = await nodeWith([], '/etc/docker');
  expect(await describedCondition(root)).toMatchObject({ reason: 'Read' });
});

test.each([
  ['/etc/more/kata.toml', '/etc/more'],
  ['/etc/more/*.toml', '/etc/more'],
  ['/etc/*/kata.toml', '/etc'],
  ['/etc/containerd/linked.toml', '/srv/containerd'],
])(
  'an import that the chart does not mount is not taken for missing, and its reader is told to mount it: %s',
  async (...row) => {
    const [imported, directory] = row;
    const root = await nodeWith([imported]);
    const { reason, message } = (await describedCondition(root, ['/etc/containerd', '/usr'])) ?? {};
    expect(reason).toBe('ImportsUnseen');
    expect(message).toContain(`Mount ${directory} too: nodes.hostPaths={/etc/containerd,/usr,${directory}}.`);
  },
);

test('what a link of a copy leads to is followed below its root, also where root alone may look', async () => {
  const root = await nodeWith(['/etc/containerd/linked.toml', '/etc/containerd/conf.d/*.toml'], '/srv/containerd');
  const message = 'The import "/etc/containerd/linked.toml" could not be looked up: it may not be read by this user.';
  expect(await importable(root)).toEqual([{ code: 'ImportNotLookedUp', severity: 'warning', message, fix: asRoot }]);
});
