import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkAdmissionReview, reviewOfCreation, reviewOfRequest } from '../../../src/admission/decode-review.ts';
import type { Configuration } from '../../../src/config/configuration.ts';
import { readConfiguration } from '../../../src/config/read-configuration.ts';
import type { Finding } from '../../../src/finding/finding.ts';
import { locatedSentence } from '../../../src/finding/located-finding.ts';
import { clusterStateFrom } from '../../../src/manifests/cluster-state.ts';
import { parseManifests, type ManifestObject } from '../../../src/manifests/read-manifests.ts';
import { podQuestion, withUse } from '../../../src/policy/checks/runtime-class-deletion.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { PodQuestion, PodUse } from '../../../src/policy/pod-use.ts';
import type { Review } from '../../../src/policy/review.ts';
import { World } from '../../../src/policy/world.ts';

/** One folder a policy: configuration.yaml, cluster.yaml, pass/*.yaml, and fail/CODE.yaml or fail/CODE.case.yaml. */
const root = path.join(import.meta.dirname, '../../fixtures/policies');

/** One file of objects, or of AdmissionReviews where an update or a deletion is the case. */
export type PolicyFixture = {
  readonly name: string;
  readonly text: string;
  readonly objects: readonly ManifestObject[];
};

/** Everything in a policy's folder. */
export type PolicyFolder = {
  readonly id: string;
  readonly directory: string;
  readonly files: readonly string[];
  readonly world: World;
  readonly findPods: (question: PodQuestion) => PodUse;
  readonly pass: readonly PolicyFixture[];
  readonly fail: readonly PolicyFixture[];
};

/** Reads every folder. @throws where a file cannot be read as what it is: the fixture is wrong then */
export function policyFolders(): readonly PolicyFolder[] {
  return readdirSync(root).map((id) => {
    const folder = path.join(root, id);
    const cluster = clusterStateFrom(objectsOf(path.join(folder, 'cluster.yaml')));
    return {
      id,
      directory: folder,
      files: readdirSync(folder).toSorted(),
      world: new World(cluster.state, configurationOf(path.join(folder, 'configuration.yaml'))),
      findPods: cluster.findPods,
      pass: fixturesIn(path.join(folder, 'pass')),
      fail: fixturesIn(path.join(folder, 'fail')),
    };
  });
}

/** A review of an object, or of what a recorded AdmissionReview asks, with the pods of the folder that use its class. */
export function reviewOf({ kind, value, ...object }: ManifestObject, { world, findPods }: PolicyFolder): Review {
  const isRequest = kind === 'AdmissionReview';
  const review = isRequest
    ? reviewOfRequest(checkAdmissionReview(value))
    : reviewOfCreation({ kind, value, ...object });
  const question = podQuestion(review, 'validating', world.configuration);
  return withUse(review, question && findPods(question));
}

/** All that both webhooks find in an object, or in what a recorded AdmissionReview asks. */
export function policyFindings(object: ManifestObject, folder: PolicyFolder): readonly Finding[] {
  const review = reviewOf(object, folder);
  return (['mutating', 'validating'] as const).flatMap((phase) => evaluate(review, phase, folder.world).findings);
}

function fixturesIn(folder: string): readonly PolicyFixture[] {
  return readdirSync(folder)
    .toSorted()
    .map((name) => {
      const file = path.join(folder, name);
      return { name, text: readFileSync(file, 'utf8'), objects: objectsOf(file) };
    });
}

function objectsOf(file: string): readonly ManifestObject[] {
  const { objects, findings } = parseManifests(readFileSync(file), file);
  if (findings.length > 0) throw new Error(findings.map(locatedSentence).join('\n'));
  return objects;
}

function configurationOf(file: string): Configuration {
  const { configuration, findings } = readConfiguration(readFileSync(file), file);
  if (configuration === undefined) throw new Error(findings.map(locatedSentence).join('\n'));
  return configuration;
}
