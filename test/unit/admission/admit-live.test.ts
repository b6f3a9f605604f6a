import { describe, expect, test } from '@jest/globals';
import { admitLive } from '../../../src/admission/admit.ts';
import { admit } from '../../support/worlds/answered.ts';
import { reviewOfRequest } from '../../../src/admission/decode-review.ts';
import { withUse } from '../../../src/policy/checks/runtime-class-deletion.ts';
import { evaluate } from '../../../src/policy/evaluate.ts';
import type { Phase } from '../../../src/policy/review.ts';
import type { PodQuestion } from '../../../src/policy/pod-use.ts';
import { World, type WorldSource } from '../../../src/policy/world.ts';
import { annotatedFields, annotatedWorld, handlerKey, kataAnnotations } from '../policy/annotated-world.ts';
import { podOf } from '../policy/review-of.ts';
import { classOf, namespaceOf, type ConfigurationFields } from '../../support/worlds/world-of.ts';
import { requestOf, type ReviewedKind } from '../../support/worlds/request-of.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A cluster whose news arrive when something is read anew; and the names of what was read. */
function clusterWithNews(news: World | undefined, readsNamespaces = false) {
  const read: (string | undefined)[] = [];
  let current: World | undefined;
  const readAnew = (name: string | undefined) => {
    read.push(name);
    current = news;
    return Promise.resolve();
  };
  const source = { current: () => current, reread: readAnew, ...(readsNamespaces && { readNamespace: readAnew }) };
  return { read, source };
}

const forgotten = annotatedWorld({}, { configuration: annotatedFields(), classes: [] });
const wrong = podOf('vm', { ...kataAnnotations, 'shimgate.dev/runtime-type': 'io.containerd.kata.v1' });

describe('before it denies for what may be news, admission reads anew, once,', () => {
  test.each<readonly [string, Phase, object, World, World, string | undefined]>([
    ['a class that is not known', 'mutating', podOf('vm'), forgotten, annotatedWorld(), 'vm'],
    [
      'a class whose handler is undeclared',
      'mutating',
      podOf('unknown'),
      annotatedWorld({ undeclaredHandlers: 'deny' }),
      annotatedWorld({ undeclaredHandlers: 'warn' }),
      'unknown',
    ],
    [
      'an annotation that is wrong',
      'validating',
      wrong,
      annotatedWorld(),
      annotatedWorld(
        { runtimes: { kata: { runtimeType: 'io.containerd.kata.v1' } }, injectedAnnotations: ['runtime-type'] },
        {},
      ),
      'vm',
    ],
    [
      'a default class that is not known',
      'mutating',
      podOf(undefined),
      annotatedWorld({ namespaceRules: [{ defaultRuntimeClassName: 'new' }] }),
      annotatedWorld(
        {},
        {
          configuration: annotatedFields({ namespaceRules: [{ defaultRuntimeClassName: 'new' }] }),
          classes: [classOf('new', 'runc')],
        },
      ),
      'new',
    ],
    [
      'the configuration alone, for a pod without a class that asks for a runtime that is not known',
      'mutating',
      podOf(undefined, { 'io.kubernetes.cri.untrusted-workload': 'true' }),
      annotatedWorld(),
      annotatedWorld({ runtimes: { untrusted: { runtimeType: 'io.containerd.kata.v2' } } }),
      undefined,
    ],
  ])('%s', async (_, phase, object, before, after, className) => {
    const request = requestOf('Pod', { object });
    const { read, source } = clusterWithNews(after);
    expect(admit(request, phase, before).verdict.decision).toBe('deny');
    const answer = await admitLive(reviewOfRequest(request), phase, before, source);
    expect(read).toEqual([className]);
    expect(answer).toEqual(admit(request, phase, after).verdict);
  });

  test('and denies where there is no news', async () => {
    const { read, source } = clusterWithNews(forgotten);
    const answer = await admitLive(
      reviewOfRequest(requestOf('Pod', { object: podOf('vm') })),
      'mutating',
      forgotten,
      source,
    );
    expect(answer.findings.map(({ code }) => code)).toEqual(['RuntimeClassNotFound']);
    expect(read).toEqual(['vm']);
  });

  test('and goes by what it knew where nothing is known any more', async () => {
    const { source } = clusterWithNews(undefined);
    const answer = await admitLive(
      reviewOfRequest(requestOf('Pod', { object: podOf('vm') })),
      'mutating',
      forgotten,
      source,
    );
    expect(answer.decision).toBe('deny');
  });

  test('also where it would only warn, so that nobody is warned of what is no more', async () => {
    const { read, source } = clusterWithNews(annotatedWorld());
    const world = new World(forgotten.cluster, annotatedWorld({ mode: 'warn' }).configuration);
    const answer = await admitLive(
      reviewOfRequest(requestOf('Pod', { object: podOf('vm') })),
      'mutating',
      world,
      source,
    );
    expect(read).toEqual(['vm']);
    expect(answer.told).toEqual([]);
  });
});

describe('admission answers at once', () => {
  const going = { ...podOf('nosuch'), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } };

  test.each<readonly [string, ReviewedKind, Fields, ConfigurationFields]>([
    ['what it allows', 'Pod', { object: podOf('vm') }, {}],
    ['what it only warns about', 'Pod', { object: podOf('vm', { [handlerKey]: 'x' }) }, {}],
    ['an undeclared handler that is only a warning', 'Pod', { object: podOf('unknown') }, {}],
    ['a path, which no news make right', 'Pod', { object: podOf('path') }, {}],
    ['a pod that goes away', 'Pod', { operation: 'UPDATE', object: going, oldObject: going }, {}],
    ['a class', 'RuntimeClass', { object: classOf('x', 'nobody-knows') }, { undeclaredHandlers: 'deny' }],
    ['a template', 'Deployment', { object: { spec: { template: podOf('nosuch') } } }, {}],
  ])('%s', (_, kind, parts, fields) => {
    const world = annotatedWorld(fields);
    const { read, source } = clusterWithNews(annotatedWorld());
    const request = requestOf(kind, parts);
    expect(admitLive(reviewOfRequest(request), 'mutating', world, source)).toEqual(
      admit(request, 'mutating', world).verdict,
    );
    expect(read).toEqual([]);
  });

  test('where there is nowhere to read anew', () => {
    const request = requestOf('Pod', { object: podOf('nosuch') });
    const world = annotatedWorld();
    expect(admitLive(reviewOfRequest(request), 'mutating', world, { current: () => world })).toEqual(
      admit(request, 'mutating', world).verdict,
    );
  });
});

describe('a namespace that is not known is read anew, before its rules apply,', () => {
  const rules = annotatedFields({
    mode: 'warn',
    namespaceRules: [{ selector: { matchLabels: { tier: 'prod' } }, mode: 'enforce', defaultRuntimeClassName: 'new' }],
  });
  const classes = [classOf('new', 'runc')];
  const before = annotatedWorld({}, { configuration: rules });
  const after = annotatedWorld(
    {},
    { configuration: rules, classes, namespaces: [namespaceOf('team', { tier: 'prod' })] },
  );

  test.each<readonly [string, object, readonly string[]]>([
    ['and the pod gets the class of its rule', podOf(undefined), ['team']],
    ['and the class is read too, where the pod would be denied for it', podOf('nosuch'), ['team', 'nosuch']],
  ])('%s', async (_, object, expected) => {
    const request = requestOf('Pod', { object });
    const { read, source } = clusterWithNews(after, true);
    expect(await admitLive(reviewOfRequest(request), 'mutating', before, source)).toEqual(
      admit(request, 'mutating', after).verdict,
    );
    expect(read).toEqual(expected);
  });

  test('and where it cannot be read, admission goes by what it knew', async () => {
    const request = requestOf('Pod', { object: podOf('vm') });
    const { source } = clusterWithNews(undefined, true);
    expect(await admitLive(reviewOfRequest(request), 'mutating', before, source)).toEqual(
      admit(request, 'mutating', before).verdict,
    );
  });

  test.each<readonly [string, ReviewedKind, Fields, World]>([
    ['but not one that is known', 'Pod', { object: podOf('new') }, after],
    ['but not for a class, which has none', 'RuntimeClass', { object: classOf('new', 'runc') }, before],
  ])('%s', (_, kind, parts, world) => {
    const request = requestOf(kind, parts);
    const { read, source } = clusterWithNews(after, true);
    expect(admitLive(reviewOfRequest(request), 'mutating', world, source)).toEqual(
      admit(request, 'mutating', world).verdict,
    );
    expect(read).toEqual([]);
  });
});

describe('the pods of a class are looked for', () => {
  const oldObject = classOf('vm', 'kata');
  const kataMarks = expect.stringContaining('io.containerd.kata.v2') as unknown as string;
  const use = { count: 1, handlers: ['kata'], extent: 'all' } as const;

  function clusterWithPods() {
    const asked: PodQuestion[] = [];
    const findPods = (question: PodQuestion) => {
      asked.push(question);
      return Promise.resolve(use);
    };
    const source: WorldSource = { current: () => undefined, findPods };
    return { asked, source };
  }

  test.each<readonly [string, Phase, Fields, PodQuestion]>([
    ['when it is deleted', 'validating', { operation: 'DELETE', oldObject }, { className: 'vm' }],
    [
      'when it is made, for such as run with another handler',
      'validating',
      { object: oldObject },
      { className: 'vm', otherHandlerThan: 'kata', isAnnotationManaged: true, marks: kataMarks },
    ],
  ])('%s', async (_, phase, parts, question) => {
    const request = requestOf('RuntimeClass', parts);
    const world = annotatedWorld();
    const { asked, source } = clusterWithPods();
    const answer = await admitLive(reviewOfRequest(request), phase, world, source);
    expect(asked).toEqual([question]);
    expect(answer).toEqual(evaluate(withUse(reviewOfRequest(request), use), phase, world));
    expect(answer.findings).not.toEqual([]);
  });

  test.each<readonly [string, Phase, ReviewedKind, Fields, ConfigurationFields]>([
    [
      'where the admin allows it',
      'validating',
      'RuntimeClass',
      { operation: 'DELETE', oldObject },
      { runtimeClassDeletion: 'allow' },
    ],
    ['when it is changed', 'validating', 'RuntimeClass', { operation: 'UPDATE', object: oldObject, oldObject }, {}],
    ['before it is known what it will be', 'mutating', 'RuntimeClass', { object: oldObject }, {}],
    ['when a pod is deleted', 'validating', 'Pod', { operation: 'DELETE', oldObject: podOf('vm') }, {}],
  ])('but not %s', (_, phase, kind, parts, fields) => {
    const request = requestOf(kind, parts);
    const { asked, source } = clusterWithPods();
    expect(admitLive(reviewOfRequest(request), phase, annotatedWorld(fields), source)).not.toBeInstanceOf(Promise);
    expect(asked).toEqual([]);
  });
});
