import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { loadKubeconfig } from '../../../src/cluster/kubeconfig.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';

let directory: string;
const before = process.env['KUBECONFIG'];

beforeAll(async () => {
  directory = await makeTemporaryDirectory();
  await mkdir(join(directory, 'other'));
  const cluster = (name: string, host: string) => ({
    name,
    cluster: { server: `https://${host}.example:6443`, 'certificate-authority': 'ca.crt' },
  });
  const context = (name: string, of = name) => ({ name, context: { cluster: of, user: 'me' } });
  const write = (file: string, fields: object) =>
    writeFile(join(directory, file), JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...fields }));
  await write('one', {
    clusters: [cluster('a', 'first')],
    users: [{ name: 'me', user: { token: 'one' } }],
    contexts: [context('a')],
    'current-context': 'a',
  });
  await write('other/two', {
    clusters: [cluster('a', 'second'), cluster('b', 'second-b')],
    users: [{ name: 'me', user: { token: 'two' } }],
    contexts: [context('a', 'b'), context('b')],
    'current-context': 'b',
  });
  const actingFor = (name: string, fields: object) => ({ name, user: { token: 'three', as: 'other', ...fields } });
  await write('acting', {
    clusters: [cluster('a', 'first')],
    users: [
      actingFor('one', {}),
      actingFor('some', { 'as-groups': ['admins'], 'as-uid': 'u1' }),
      actingFor('more', { 'as-user-extra': { reason: ['audit'] } }),
      actingFor('none', { 'as-groups': null }),
    ],
    contexts: ['one', 'some', 'more', 'none'].map((user) => ({ name: user, context: { cluster: 'a', user } })),
    'current-context': 'one',
  });
  await write('without-context', { clusters: [], users: [], contexts: [] });
});

afterEach(() => {
  if (before === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before;
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

function loaded(files: readonly string[], context?: string) {
  process.env['KUBECONFIG'] = files.map((file) => (file === '' ? '' : join(directory, file))).join(delimiter);
  const config = loadKubeconfig(undefined, context);
  const { server, caFile = '' } = config.getCurrentCluster() ?? {};
  return [config.currentContext, server, config.getCurrentUser()?.token, caFile.slice(directory.length)];
}

describe('of the files that KUBECONFIG names, as with kubectl,', () => {
  test.each<[string, readonly string[], string | undefined, readonly string[]]>([
    [
      'the first that says it has the context, the cluster and the user',
      ['one', 'other/two'],
      undefined,
      ['a', 'https://first.example:6443', 'one', '/ca.crt'],
    ],
    [
      'the same the other way round',
      ['other/two', 'one'],
      undefined,
      ['b', 'https://second-b.example:6443', 'two', '/other/ca.crt'],
    ],
    [
      'a later one adds what is new',
      ['one', 'other/two'],
      'b',
      ['b', 'https://second-b.example:6443', 'one', '/other/ca.crt'],
    ],
    [
      'a later one has the context that none before it says',
      ['without-context', 'other/two'],
      undefined,
      ['b', 'https://second-b.example:6443', 'two', '/other/ca.crt'],
    ],
    [
      'what is not there is passed over',
      ['missing', '', 'one'],
      undefined,
      ['a', 'https://first.example:6443', 'one', '/ca.crt'],
    ],
  ])('%s', (_name, files, context, expected) => {
    expect(loaded(files, context)).toEqual(expected);
  });

  test('one has to be there', () => {
    expect(() => loaded(['missing', 'nowhere'])).toThrow('and nothing is there');
  });
});

describe('a user that acts for another', () => {
  test.each([undefined, 'none'])('is taken where the library sends all that there is of it (context %s)', (context) => {
    expect(loaded(['acting'], context)[2]).toBe('three');
  });

  test.each([
    ['some', 'the user "some" of the kubeconfig has "as-groups" and "as-uid", which kubectl sends and shimgate cannot'],
    ['more', 'the user "more" of the kubeconfig has "as-user-extra", which kubectl sends'],
  ])('is refused where it would have other rights than with kubectl (%s)', (context, message) => {
    expect(() => loaded(['acting'], context)).toThrow(message);
  });
});
