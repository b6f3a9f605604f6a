import { describe, expect, test } from '@jest/globals';
import type { Phase } from '../../../src/policy/review.ts';
import { annotatedWorld, handlerKey, kataAnnotations } from '../policy/annotated-world.ts';
import { podOf } from '../policy/review-of.ts';
import type { ConfigurationFields } from '../../support/worlds/world-of.ts';
import { admit } from '../../support/worlds/answered.ts';
import { requestOf, type ReviewedKind } from '../../support/worlds/request-of.ts';

type Fields = Readonly<Record<string, unknown>>;

function respond(phase: Phase, kind: ReviewedKind, parts: Fields, fields: ConfigurationFields = {}) {
  return admit(requestOf(kind, parts), phase, annotatedWorld(fields)).review.response;
}

function patchOf({ patch }: { readonly patch?: string }): unknown {
  return patch === undefined ? undefined : JSON.parse(Buffer.from(patch, 'base64').toString('utf8'));
}

const classWith = (handler: string) => ({ metadata: { name: 'web' }, handler });

describe('an answer', () => {
  test('says what it is and which request it answers', () => {
    const { review } = admit(requestOf('Pod', { uid: 'a-b~c', object: podOf('vm') }), 'validating', annotatedWorld());
    expect(review).toMatchObject({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'a-b~c' },
    });
  });

  test('that allows has no status, no warnings and no patch where there is nothing to say', () => {
    expect(respond('mutating', 'Pod', { object: podOf(undefined) })).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      auditAnnotations: { decision: 'allow' },
    });
  });

  test('can be written as JSON and read again', () => {
    const response = respond('mutating', 'Pod', { object: podOf('vm', { [handlerKey]: 'x' }) });
    expect(JSON.parse(JSON.stringify(response))).toEqual(response);
  });
});

describe('a patch', () => {
  test('comes with its type', () => {
    const response = respond('mutating', 'Pod', { object: podOf('vm') });
    expect(response).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(patchOf(response)).toEqual([{ op: 'add', path: '/metadata/annotations', value: kataAnnotations }]);
  });

  test('keeps characters of every script', () => {
    const fields = { runtimes: { kata: { path: '/opt/λ/🦀' } } };
    const response = respond('mutating', 'Pod', { object: podOf('vm') }, fields);
    expect(JSON.stringify(patchOf(response))).toContain('/opt/λ/🦀');
  });

  test.each<readonly [string, Phase, ReviewedKind, Fields, ConfigurationFields]>([
    ['nothing changes', 'mutating', 'Pod', { object: podOf('vm', kataAnnotations) }, {}],
    ['the validating webhook answers', 'validating', 'Pod', { object: podOf('vm') }, {}],
    ['the pod is denied', 'mutating', 'Pod', { object: podOf('unknown') }, { undeclaredHandlers: 'deny' }],
    [
      'the pod is denied with its default class',
      'mutating',
      'Pod',
      { object: podOf('') },
      { namespaceRules: [{ defaultRuntimeClassName: 'path' }] },
    ],
    ['a class is reviewed', 'mutating', 'RuntimeClass', { object: classWith('kata') }, {}],
    ['a template is reviewed', 'mutating', 'Deployment', { object: { spec: { template: podOf('vm') } } }, {}],
    ['there is nothing to remove', 'mutating', 'Pod', { object: podOf(undefined, { note: 'x' }) }, {}],
  ])('is not there where %s', (_, phase, kind, parts, fields) => {
    const response = respond(phase, kind, parts, fields);
    expect(Object.keys(response)).not.toContain('patch');
    expect(Object.keys(response)).not.toContain('patchType');
  });

  test('gives the default class too, before the annotations', () => {
    const fields: ConfigurationFields = {
      namespaceRules: [{ defaultRuntimeClassName: 'stock' }],
      injectedAnnotations: [],
    };
    const annotate = { op: 'add', path: '/metadata/annotations', value: { [handlerKey]: 'runc' } };
    expect(patchOf(respond('mutating', 'Pod', { object: podOf(undefined) }, fields))).toEqual([
      { op: 'add', path: '/spec/runtimeClassName', value: 'stock' },
      annotate,
    ]);
    expect(patchOf(respond('mutating', 'Pod', { object: { metadata: {} } }, fields))).toEqual([
      { op: 'add', path: '/spec', value: { runtimeClassName: 'stock' } },
      annotate,
    ]);
  });
});

describe('a denial', () => {
  test('is Forbidden for what policy forbids', () => {
    const message =
      'Pod team/web -> RuntimeClass "nosuch": no such RuntimeClass. [RuntimeClassNotFound] Create the RuntimeClass, or correct runtimeClassName: `kubectl get runtimeclasses` lists them.';
    expect(respond('mutating', 'Pod', { object: podOf('nosuch') })).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: false,
      status: {
        status: 'Failure',
        message,
        reason: 'Forbidden',
        code: 403,
        details: {
          name: 'web',
          kind: 'Pod',
          causes: [{ reason: 'RuntimeClassNotFound', message, field: 'spec.runtimeClassName' }],
        },
      },
      auditAnnotations: { decision: 'deny', findings: 'RuntimeClassNotFound' },
    });
  });

  const declared = 'metadata.annotations[shimgate.dev/declared-runtime-type]';
  const claiming = (handler: string, shim: string) => ({
    ...classWith(handler),
    metadata: { annotations: { 'shimgate.dev/declared-runtime-type': shim } },
  });

  test.each<readonly [string, ReviewedKind, object, number, readonly string[]]>([
    ['a handler that is a path', 'RuntimeClass', classWith('/bin/sh'), 422, ['AbsolutePath handler']],
    ['an empty handler', 'RuntimeClass', classWith(''), 422, ['EmptyName handler']],
    ['a claim that is a path', 'RuntimeClass', claiming('x', 'a/b'), 422, [`RelativePath ${declared}`]],
    ['a claim that is no shim name', 'RuntimeClass', claiming('x', 'kata'), 422, [`MissingDot ${declared}`]],
    ['two things at once', 'RuntimeClass', claiming('', '/x'), 422, ['EmptyName handler', `AbsolutePath ${declared}`]],
    ['a handler that is undeclared', 'RuntimeClass', classWith('x'), 403, ['UndeclaredHandler handler']],
    ["a pod's class whose handler is a path", 'Pod', podOf('path'), 403, ['AbsolutePath spec.runtimeClassName']],
  ])('for %s (%s)', (_, kind, object, code, causes) => {
    const { status } = respond('mutating', kind, { object }, { undeclaredHandlers: 'deny' });
    expect(status).toMatchObject({ code, reason: code === 422 ? 'Invalid' : 'Forbidden' });
    expect(status?.details.causes.map(({ reason, field }) => `${reason} ${field}`)).toEqual(causes);
  });

  test('gives each cause as a full sentence: of an Invalid object, kubectl prints only those', () => {
    const { status } = respond('mutating', 'RuntimeClass', { object: classWith('/bin/sh') });
    const rest =
      'is an absolute path: containerd would run that file on the host as root. [AbsolutePath] Set handler to a runtime from the configuration, such as "kata".';
    // The object and the field stand before it already: `The RuntimeClass "web" is invalid: handler: …`.
    expect(status).toMatchObject({
      message: `RuntimeClass web -> handler "/bin/sh", which ${rest}`,
      details: { group: 'node.k8s.io', causes: [{ field: 'handler', message: `"/bin/sh" ${rest}` }] },
    });
  });

  test('gives several causes one line each', () => {
    const object = podOf('vm', { ...kataAnnotations, [handlerKey]: 'a', 'shimgate.dev/source': 'b' });
    const { status } = respond('validating', 'Pod', { object });
    expect(status?.message.split('\n')).toEqual([
      '',
      ...(status?.details.causes ?? []).map(({ message }) => `- ${message}`),
    ]);
    expect(status?.details.causes).toHaveLength(2);
  });

  test('has no name where there is none yet', () => {
    const { status } = respond('mutating', 'Pod', {
      name: undefined,
      object: { metadata: { generateName: 'a-' }, ...podOf('nosuch') },
    });
    expect(Object.keys(status?.details ?? {})).not.toContain('name');
  });

  test('still tells what is only a warning', () => {
    const object = podOf('unknown', { [handlerKey]: 'x' });
    const response = respond('mutating', 'Pod', { object }, { undeclaredHandlers: 'deny' });
    expect(response.allowed).toBe(false);
    expect(response.warnings).toEqual([expect.stringContaining('[ManagedAnnotationReplaced]')]);
    expect(response.status?.details.causes).toHaveLength(1);
  });
});

describe('audit annotations', () => {
  test.each<readonly [string, object, ConfigurationFields, Readonly<Record<string, string>>]>([
    ['decision and runtime type', podOf('vm'), {}, { decision: 'allow', 'runtime-type': 'io.containerd.kata.v2' }],
    ['would-deny', podOf('nosuch'), { mode: 'audit' }, { decision: 'would-deny', findings: 'RuntimeClassNotFound' }],
    [
      'no runtime type, where only nodes know the handler',
      podOf('reported'),
      {},
      { decision: 'allow', findings: 'UndeclaredHandler' },
    ],
    [
      'each code once',
      podOf('vm', { [handlerKey]: 'x', 'shimgate.dev/source': 'y' }),
      {},
      { decision: 'allow', findings: 'ManagedAnnotationReplaced', 'runtime-type': 'io.containerd.kata.v2' },
    ],
  ])('say %s', (_, object, fields, expected) => {
    expect(respond('mutating', 'Pod', { object }, fields).auditAnnotations).toEqual(expected);
  });

  test('have keys that the API server takes behind its own prefix', () => {
    const everything = { object: podOf('vm', { [handlerKey]: 'x' }) };
    for (const key of Object.keys(respond('mutating', 'Pod', everything).auditAnnotations ?? {})) {
      expect(key).toMatch(/^[a-z-]{1,63}$/);
    }
  });
});
