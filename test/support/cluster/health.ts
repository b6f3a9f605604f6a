import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import { certificateAuthority } from './identities.ts';

/** A URL that answers 200 when all is well. */
export type HealthEndpoint = {
  readonly url: string;
  /** For https: the `.crt` file that the component makes in its `--cert-dir`; it may not be there yet. */
  readonly certificateFile?: string;
  readonly token?: string;
};

const requestTimeoutMs = 5_000;

/**
 * Asks a health endpoint once.
 *
 * @returns Undefined where it answered 200; else what was wrong, for people.
 */
export async function askHealth(endpoint: HealthEndpoint): Promise<string | undefined> {
  try {
    const ca =
      endpoint.certificateFile === undefined
        ? undefined
        : certificateAuthority(await readFile(endpoint.certificateFile, 'utf8'));
    const status = await get(endpoint, ca);
    return status === 200 ? undefined : `${endpoint.url} answered ${status}`;
  } catch (error) {
    return `${endpoint.url}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function get(endpoint: HealthEndpoint, ca: string | undefined): Promise<number> {
  const headers = endpoint.token === undefined ? {} : { authorization: `Bearer ${endpoint.token}` };
  const options = { agent: false, headers, timeout: requestTimeoutMs } as const;
  return new Promise((resolve, reject) => {
    const request =
      ca === undefined ? httpRequest(endpoint.url, options) : httpsRequest(endpoint.url, { ...options, ca });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${requestTimeoutMs} ms`)));
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.end();
  });
}
