import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A request that a real API server sent, and the webhook that it was sent to. */
export type RecordedRequest = {
  /** File name without its ending, such as `009-mutate-pod-create-sandboxed`. */
  readonly name: string;
  readonly path: '/mutate' | '/validate';
  readonly body: string;
};

/** The part of a recorded AdmissionReview that tests look at. */
export type RecordedReview = {
  readonly request: Readonly<Record<string, unknown>> & { readonly uid: string; readonly object: object | null };
};

export const recordedDirectory = join(import.meta.dirname, '..', 'fixtures', 'admission-reviews');

const expectedEnding = '.expected.json';

/** Names of all recorded requests, in the order in which they came. */
export function recordedNames(): readonly string[] {
  return namesWith((file) => !file.endsWith(expectedEnding), '.json');
}

/** Names for which there is an expected verdict. */
export function expectedNames(): readonly string[] {
  return namesWith((file) => file.endsWith(expectedEnding), expectedEnding);
}

/** @param start the beginning of its name, such as `009` */
export function recordedRequest(start: string): RecordedRequest {
  const name = recordedNames().find((one) => one.startsWith(start));
  if (name === undefined) throw new Error(`there is no recorded request ${start}`);
  const webhook = name.split('-')[1];
  if (webhook !== 'mutate' && webhook !== 'validate')
    throw new Error(`${name} does not say which webhook it was sent to`);
  return { name, path: `/${webhook}`, body: readFileSync(join(recordedDirectory, `${name}.json`), 'utf8') };
}

export function parseReview(body: string): RecordedReview {
  return JSON.parse(body) as RecordedReview;
}

/** A recorded request as it is after some of its parts were changed. */
export function changedReview(start: string, change: (request: RecordedReview['request']) => object): string {
  const review = parseReview(recordedRequest(start).body);
  return JSON.stringify({ ...review, request: change(review.request) });
}

/** What the API server must be answered, as it stands in the file beside a request. */
export function expectedAnswer(name: string): unknown {
  return JSON.parse(readFileSync(join(recordedDirectory, `${name}${expectedEnding}`), 'utf8'));
}

function namesWith(isWanted: (file: string) => boolean, ending: string): readonly string[] {
  return readdirSync(recordedDirectory)
    .filter(isWanted)
    .map((file) => {
      if (!file.endsWith(ending)) throw new Error(`${file} is no recorded request`);
      return file.slice(0, -ending.length);
    })
    .toSorted();
}
