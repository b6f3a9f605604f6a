import type { LocatedFinding } from '../finding/located-finding.ts';
import { pointerSegments } from '../finding/field-path.ts';
import { wayOf, type ObjectReference } from '../finding/object-reference.ts';
import { quoteUnlessPlain } from '../finding/quote.ts';
import { finding, type Finding } from '../finding/finding.ts';
import { messageOf, worded } from '../finding/wording.ts';
import { clusterStateFrom } from '../manifests/cluster-state.ts';
import { readManifests, type ManifestObject } from '../manifests/read-manifests.ts';
import { reviewManifests, type ManifestReview } from '../manifests/review-manifests.ts';
import { World } from '../policy/world.ts';
import { CommandError, exitCodes } from './exit.ts';
import { checkStandardInput } from './options.ts';
import { fails, suitesOf, type ReviewFailure } from './review-failures.ts';
import { junitOf } from './junit.ts';
import { loadConfiguration } from './load-configuration.ts';
import {
  severityLabel,
  styled,
  writeFindings,
  writeLines,
  writeStructured,
  type Piece,
  type ReviewFormat,
} from './output.ts';

export type ReviewOptions = {
  readonly filename: readonly string[];
  readonly objects?: readonly string[];
  readonly config?: string;
  readonly output?: ReviewFormat;
  readonly failOn: ReviewFailure;
};

/** `shimgate review -f …`: the webhook's verdict without a webhook. @returns the exit code */
export async function review({ filename, objects = [], config, output, failOn }: ReviewOptions): Promise<number> {
  checkStandardInput([...filename, ...objects]);
  const configuration = await loadConfiguration(config);
  const reviewed = await readManifests(filename, process.stdin);
  const known = await readManifests(objects, process.stdin);
  // A manifest that brings its own RuntimeClass is judged with it, as when kubectl applies both.
  const cluster = clusterStateFrom([...known.objects, ...reviewed.objects]);
  const world = new World(cluster.state, configuration);
  const { reviews, findings } = reviewManifests(reviewed.objects, world, cluster.findPods, known.objects);
  const unreadable = unique([...known.findings, ...reviewed.findings, ...cluster.findings, ...findings]);

  if (output === undefined) writeLines(describe(reviews));
  else if (output === 'sarif') {
    const { writeSarif } = await import('./review-sarif.ts');
    await writeSarif(reviews, { paths: filename, isSuccessful: unreadable.length === 0 });
  } else if (output === 'junit') {
    process.stdout.write([...junitOf('shimgate review', suitesOf(reviews, unreadable, failOn))].join(''));
  } else
    writeStructured(
      reviews.map(({ object, source, allowed, findings, warnings, patch }) => ({
        object,
        source,
        allowed,
        findings: findings.map((found) => withWay(object, found)),
        warnings,
        patch,
      })),
      output,
    );
  writeFindings([...unreadable, ...misplacedConfigurations([...known.objects, ...reviewed.objects])]);
  if (unreadable.length > 0) return exitCodes.failed;
  if (reviewed.objects.length === 0) throw new CommandError(`no objects in ${filename.join(', ')}`);
  return reviews.some((one) => fails(one, failOn)) ? exitCodes.found : exitCodes.fine;
}

/** A finding as programs read it, with the way from its object to the shim, where it goes anywhere. */
function withWay(object: ObjectReference, found: Finding): object {
  const { chain = [] } = found.subject ?? {};
  return { ...worded(found), ...(chain.length > 0 && { chain: wayOf(object, chain) }) };
}

/** A configuration goes elsewhere: whoever gives it among the objects takes it for one that counts. */
function misplacedConfigurations(objects: readonly ManifestObject[]): readonly LocatedFinding[] {
  return objects
    .filter(({ apiVersion, kind }) => kind === 'ShimgateConfiguration' && apiVersion.startsWith('config.shimgate.dev/'))
    .map(({ source }) => {
      const statement = 'This is a configuration of shimgate, and no object of a cluster: nothing is judged by it.';
      const details = { field: '', statement, severity: 'warning', fix: 'Give it with --config.' } as const;
      return { ...finding('UnreadableManifest', details), source: { ...source, column: 1 } };
    });
}

/** An object may be unreadable twice over: as part of the world and as what is reviewed. */
function unique(findings: readonly LocatedFinding[]): readonly LocatedFinding[] {
  const bySource = new Map(findings.map((found) => [`${found.source.file}:${found.source.line}`, found]));
  return [...bySource.values()];
}

type Line = readonly Piece[];

function describe(reviews: readonly ManifestReview[]): readonly Line[] {
  const denied = reviews.filter(({ allowed }) => !allowed).length;
  const summary = `${reviews.length} ${reviews.length === 1 ? 'object' : 'objects'} reviewed, ${denied} denied.`;
  return [...reviews.flatMap(describeReview), [summary]];
}

function describeReview({ object, source, allowed, findings, patch }: ManifestReview): readonly Line[] {
  const name = [object.namespace, object.name].filter((part) => part !== undefined && part !== '').join('/');
  const shown = quoteUnlessPlain(`${object.kind} ${name}`);
  const verdict = allowed ? styled('green', 'allowed') : styled('red', 'denied');
  return [
    [`${shown} (${source.file}:${source.line}): `, verdict],
    ...findings.flatMap((found) => {
      const { severity, code, field, fix } = found;
      return [
        ['  ', severityLabel(severity), ` ${code}${field === '' ? '' : ` at ${field}`}`],
        [`          ${messageOf(found)}`],
        [`          ${fix}`],
      ];
    }),
    ...patch.flatMap((operation) => describeOperation(operation)),
  ];
}

function describeOperation(operation: ManifestReview['patch'][number]): readonly Line[] {
  if (operation.op === 'remove') return [['  ', styled('red', '-'), ` ${annotationKey(operation.path)}`]];
  const added = (key: string, value: string) => ['  ', styled('green', '+'), ` ${key}: ${value}`];
  if (typeof operation.value === 'string') {
    const isClass = operation.path === '/spec/runtimeClassName';
    return [added(isClass ? 'spec.runtimeClassName' : annotationKey(operation.path), operation.value)];
  }
  const values = operation.path === '/metadata' ? operation.value['annotations'] : operation.value;
  return Object.entries(values as Readonly<Record<string, string>>).map(([key, value]) => added(key, value));
}

function annotationKey(path: string): string {
  return pointerSegments(path)[2] ?? '';
}
