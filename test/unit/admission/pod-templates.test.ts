import { describe, expect, test } from '@jest/globals';
import type { Pod } from '../../../src/generated/objects.ts';
import { annotatedWorld, handlerKey } from '../policy/annotated-world.ts';
import { podOf } from '../policy/review-of.ts';
import { admit } from '../../support/worlds/answered.ts';
import { requestOf, type ReviewedKind } from '../../support/worlds/request-of.ts';

type Place = { readonly kind: ReviewedKind; readonly prefix: string; readonly workload: (template: Pod) => object };

const inSpec = (template: Pod) => ({ metadata: { name: 'web' }, spec: { template } });

const places: readonly Place[] = [
  ...(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job'] as const).map(
    (kind) => ({
      kind,
      prefix: 'spec.template.',
      workload: inSpec,
    }),
  ),
  {
    kind: 'CronJob',
    prefix: 'spec.jobTemplate.spec.template.',
    workload: (template) => ({ spec: { schedule: '* * * * *', jobTemplate: { spec: { template } } } }),
  },
  { kind: 'PodTemplate', prefix: 'template.', workload: (template) => ({ template }) },
];

const broken = podOf('path', { [handlerKey]: 'x' });
const spoofed = podOf('stock', { [handlerKey]: 'x' });

describe.each(places)('the template of a $kind', ({ kind, prefix, workload }) => {
  const respond = (parts: Readonly<Record<string, unknown>>) =>
    admit(requestOf(kind, parts), 'validating', annotatedWorld());

  test('that is fine is let in without a word', () => {
    const { review } = respond({ object: workload(podOf('vm')) });
    expect(review.response).toMatchObject({ allowed: true, auditAnnotations: { decision: 'allow' } });
    expect(review.response.warnings).toBeUndefined();
  });

  test('whose pods would be denied is let in with a warning, at its own place', () => {
    const { verdict, review } = respond({ object: workload(podOf('nosuch')) });
    expect(review.response.allowed).toBe(true);
    expect(review.response.warnings).toEqual([
      `${kind} team/web (${prefix.slice(0, -1)}) -> RuntimeClass "nosuch": no such RuntimeClass. [RuntimeClassNotFound] Create the RuntimeClass, or correct runtimeClassName: \`kubectl get runtimeclasses\` lists them.`,
    ]);
    expect(verdict.findings.map(({ field, severity }) => `${severity} ${field}`)).toEqual([
      `warning ${prefix}spec.runtimeClassName`,
    ]);
  });

  test('whose handler is a path is let in with a warning: the pod is what is denied', () => {
    const { verdict, review } = respond({ object: workload(broken) });
    expect(review.response.allowed).toBe(true);
    expect(verdict.told.map(({ code }) => code)).toContain('AbsolutePath');
  });

  test('that names a managed annotation is told what would become of it, and is not patched', () => {
    const { verdict, review } = respond({ object: workload(spoofed) });
    expect(verdict.findings.map(({ code, field }) => `${code} ${field}`)).toEqual([
      `ManagedAnnotationReplaced ${prefix}metadata.annotations[${handlerKey}]`,
    ]);
    expect(review.response.patch).toBeUndefined();
  });

  test('is judged on UPDATE only where it changed', () => {
    const update = (template: Pod, old: Pod) =>
      respond({ operation: 'UPDATE', object: workload(template), oldObject: workload(old) }).verdict.findings.length;
    expect(update(broken, broken)).toBe(0);
    expect(update(broken, podOf('vm'))).toBeGreaterThan(0);
    expect(update(spoofed, podOf('stock'))).toBeGreaterThan(0);
  });

  test('is judged where there was none before', () => {
    const { verdict } = respond({ operation: 'UPDATE', object: workload(broken), oldObject: {} });
    expect(verdict.findings.length).toBeGreaterThan(0);
  });

  test('that goes away is nobody’s business', () => {
    expect(respond({ operation: 'DELETE', oldObject: workload(broken) }).verdict.findings).toEqual([]);
  });
});
