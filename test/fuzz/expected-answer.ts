import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeAdmissionReview, MalformedReviewError } from '../../src/admission/decode-review.ts';
import { checkNames } from '../../src/admission/request-names.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import { clusterStateFrom } from '../../src/manifests/cluster-state.ts';
import { parseManifests } from '../../src/manifests/read-manifests.ts';
import { World } from '../../src/policy/world.ts';
import { admit } from '../support/worlds/answered.ts';
import type { Exchange } from './arbitrary-exchange.ts';

/** Reads the world that the program was started with. @param directory of configuration.yaml and objects.yaml */
export async function readWorld(directory: string): Promise<World> {
  const file = path.join(directory, 'configuration.yaml');
  const { configuration } = readConfiguration(await readFile(file), file);
  if (configuration === undefined) throw new Error(`${file} is not valid`);
  const { objects } = parseManifests(await readFile(path.join(directory, 'objects.yaml')), 'objects.yaml');
  return new World(clusterStateFrom(objects).state, configuration);
}

/** What HTTP and the policies say, worked out here; the body only of an AdmissionReview. */
export function expectedAnswer(
  { path: asked, method, contentType, body }: Exchange,
  world: World,
): { readonly status: number; readonly body?: string } {
  const phase = phases.get(asked.split('?')[0] ?? '');
  if (phase === undefined) return { status: 404 };
  if (method !== 'POST') return { status: 405 };
  if (contentType.split(';')[0] !== 'application/json') return { status: 415 };
  if (body.length === 0) return { status: 400 };
  try {
    const request = decodeAdmissionReview(body);
    checkNames(request);
    return { status: 200, body: JSON.stringify(admit(request, phase, world).review) };
  } catch (error) {
    if (error instanceof MalformedReviewError) return { status: 400 };
    throw error;
  }
}

const phases: ReadonlyMap<string, 'mutating' | 'validating'> = new Map([
  ['/mutate', 'mutating'],
  ['/validate', 'validating'],
]);
