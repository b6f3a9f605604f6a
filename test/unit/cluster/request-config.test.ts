import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { RequestContext } from '@kubernetes/client-node/dist/gen/http/http.js';
import type { Dispatcher } from 'undici';
import { makeAuthority, makeServingCertificate } from '../../../src/certificates/make-certificate.ts';
import { RequestConfig } from '../../../src/cluster/request-config.ts';
import { makeTemporaryDirectory } from '../../support/mounted-directory.ts';

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

function configOf(cluster: { readonly caFile?: string; readonly proxyUrl?: string }): RequestConfig {
  const made = new RequestConfig();
  made.loadFromOptions({
    clusters: [{ name: 'here', server: 'https://127.0.0.1', ...cluster }],
    users: [{ name: 'me', token: 'secret' }],
    contexts: [{ name: 'here', cluster: 'here', user: 'me' }],
    currentContext: 'here',
  });
  return made;
}

/** What the next request is sent by. */
async function dispatcher(): Promise<Dispatcher> {
  const context = new RequestContext('https://127.0.0.1/', 'GET');
  const given = await config.authenticate(context);
  expect(context.getHeaders()).toMatchObject({ Authorization: 'Bearer secret' });
  return given;
}

test('requests share their connections', async () => {
  const first = await dispatcher();
  expect(await dispatcher()).toBe(first);
  expect(await dispatcher()).toBe(first);
});

test('requests that begin at once have what those after them share', async () => {
  const begun = await Promise.all([dispatcher(), dispatcher(), dispatcher()]);
  const next = await dispatcher();
  expect(begun).toContain(next);
  expect(await dispatcher()).toBe(next);
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

test('a proxy that cannot be is refused each time, and never passed by', async () => {
  config = configOf({ caFile, proxyUrl: 'http://[bad' });
  await expect(dispatcher()).rejects.toThrow('Invalid URL');
  await expect(dispatcher()).rejects.toThrow('Invalid URL');
});

test('a request that is given up takes its connection with it: HTTP/2 is not spoken, though it is offered', async () => {
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 60_000) };
  const authority = await makeAuthority('here', validity);
  const server = createSecureServer({
    ...(await makeServingCertificate(authority, ['127.0.0.1'], validity)),
    allowHTTP1: true,
  });
  server.on('request', (request, response) => {
    response.end(request.httpVersion);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await writeFile(caFile, authority.cert);
    const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { body } = await (await dispatcher()).request({ origin, path: '/', method: 'GET' });
    expect(await body.text()).toBe('1.1');
  } finally {
    server.close();
  }
});
