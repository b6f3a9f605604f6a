import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import type { Dispatcher } from 'undici';
import { RequestConfig } from '../../../src/cluster/request-config.ts';
import { makeTemporaryDirectory } from '../config/mounted-directory.ts';

let directory: string;
let caFile: string;
let config: RequestConfig;

beforeEach(async () => {
  directory = await makeTemporaryDirectory();
  caFile = join(directory, 'ca.crt');
  await writeFile(caFile, 'one authority');
  config = configOf({ caFile });
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function configOf(tls: { readonly caFile?: string }): RequestConfig {
  const made = new RequestConfig();
  made.loadFromOptions({
    clusters: [{ name: 'here', server: 'https://127.0.0.1', ...tls }],
    users: [{ name: 'me', token: 'secret' }],
    contexts: [{ name: 'here', cluster: 'here', user: 'me' }],
    currentContext: 'here',
  });
  return made;
}

/** What the next request is sent by. */
async function dispatcher(): Promise<Dispatcher> {
  const context = new RequestContext('https://127.0.0.1/', 'GET');
  await config.applySecurityAuthentication(context);
  expect(context.getHeaders()).toMatchObject({ Authorization: 'Bearer secret' });
  const given = context.getDispatcher();
  if (given === undefined) throw new Error('There is no dispatcher.');
  return given;
}

test('requests share their connections, those that begin at once too', async () => {
  const [first, ...others] = await Promise.all([dispatcher(), dispatcher(), dispatcher()]);
  expect(new Set([first, ...others, await dispatcher()]).size).toBe(1);
});

test('with another CA requests are sent over connections of their own', async () => {
  const before = await dispatcher();
  await writeFile(caFile, 'another authority');
  const after = await dispatcher();
  expect(after).not.toBe(before);
  expect(await dispatcher()).toBe(after);
});

test('with the CAs of the system they share them as well', async () => {
  config = configOf({});
  expect(await dispatcher()).toBe(await dispatcher());
});
