import { describe, expect, test } from '@jest/globals';
import { compileAnswers, type InProcessAnswers } from '../../../src/registration/in-process-answers.ts';
import { interlockSpec, mutatingPolicySpec, notRightAlready } from '../../../src/registration/in-process-policy.ts';
import { classObject, messagesOf } from '../../support/reports/audit-of.ts';
import { classOf, worldOf } from '../../support/worlds/world-of.ts';

const codes = ['AnswersDiffer', 'AnswersMissing', 'MatchConditionsDiffer'];
const configuration = { runtimes: { kata: { runtimeType: 'io.containerd.kata.v2' } } };
const apiVersion = 'admissionregistration.k8s.io/v1';
const mutating = 'MutatingAdmissionPolicy';
const validating = 'ValidatingAdmissionPolicy';

/** What a replica writes for a cluster with these classes. */
function answersFor(...names: readonly string[]): InProcessAnswers {
  const classes = names.map((name) => classOf(name, 'kata'));
  return compileAnswers(worldOf({ configuration, classes }), { classes, namespaces: [] });
}

type Installed = { readonly kind: string; spec?: object };

/** Both webhook configurations, the policies and their bindings, as a replica that knows these classes leaves them. */
function installed(answers: InProcessAnswers): Installed[] {
  const object = (kind: string, fields: object) => ({ apiVersion, kind, metadata: { name: 'shimgate' }, ...fields });
  const webhooks = [{ name: 'pods.shimgate.dev', matchConditions: [notRightAlready(answers)] }];
  const handlers = new Map([...answers.classes].map(([name, { handler }]) => [name, handler]));
  return [
    object('MutatingWebhookConfiguration', { webhooks }),
    object('ValidatingWebhookConfiguration', { webhooks }),
    object(mutating, { spec: mutatingPolicySpec(answers) }),
    object(validating, { spec: interlockSpec(handlers) }),
    ...[mutating, validating].map((kind) => object(`${kind}Binding`, { spec: { policyName: 'shimgate' } })),
  ];
}

/** What the audit says of it in a cluster with the class vm. */
function found(objects: readonly object[]): Promise<readonly string[]> {
  return messagesOf(codes, { configuration, objects: [classObject('vm', 'kata'), ...objects] });
}

const without = (kind: string) => installed(answersFor('vm')).filter((one) => one.kind !== kind);

/** A file with the kind in it, so that it is not taken to be of a cluster that was not asked for it. */
const other = (kind: string) => ({ apiVersion, kind, metadata: { name: 'other' } });

describe('of the answers that the API server gives by itself the audit finds', () => {
  test('nothing where they are as a replica would write them now', async () => {
    expect(await found(installed(answersFor('vm')))).toEqual([]);
  });

  test('nothing in an interlock that still holds a class which is answered no more', async () => {
    const objects = installed(answersFor('vm'));
    for (const one of objects) {
      if (one.kind === validating)
        one.spec = interlockSpec(new Map([...['vm', 'gone'].map((name) => [name, 'kata'] as const)]));
    }
    expect(await found(objects)).toEqual([]);
  });

  test('those that are older than the cluster', async () => {
    expect(await found(installed(answersFor('gone')))).toEqual([
      ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'].map(
        (kind) =>
          `warning ${kind} shimgate: The condition "not-right-already" of entry "pods.shimgate.dev" keeps other pods from shimgate than those that are right already.`,
      ),
      `warning ${mutating} shimgate: ${mutating} "shimgate" is not what shimgate writes for this configuration and this cluster.`,
      `warning ${validating} shimgate: ${validating} "shimgate" is not what shimgate writes for this configuration and this cluster.`,
    ]);
  });

  test.each([
    [mutating, 'every pod is sent'],
    [`${mutating}Binding`, 'every pod is sent'],
    [validating, 'a class can be made anew with another handler while its pods still get the answers of the old one'],
  ])('that there is no %s', async (kind, consequence) => {
    expect(await found([...without(kind), other(kind)])).toEqual([
      `warning ${kind} shimgate: ${kind} "shimgate" is not there: ${consequence}.`,
    ]);
    expect(await found(without(kind))).toEqual([]);
  });

  test('nothing where an admin has added a condition, and the policy has it too', async () => {
    const added = { name: 'not-mine', expression: 'object.metadata.name != "x"' };
    const objects = installed(answersFor('vm'));
    for (const one of objects) if (one.kind === mutating) one.spec = mutatingPolicySpec(answersFor('vm'), [added]);
    const isEntry = ({ kind }: Installed) => kind === 'MutatingWebhookConfiguration';
    const matchConditions = [added, notRightAlready(answersFor('vm'))];
    const webhooks = [{ name: 'pods.shimgate.dev', matchConditions }];
    const differ = await found(objects.map((one) => (isEntry(one) ? { ...one, webhooks } : one)));
    expect(differ.filter((message) => message.includes(mutating))).toEqual([]);
    expect((await found(objects)).filter((message) => message.includes(mutating))).toHaveLength(1);
  });

  test('a policy that somebody edited', async () => {
    const objects = installed(answersFor('vm'));
    for (const one of objects) if (one.kind === mutating) one.spec = { ...one.spec, failurePolicy: 'Fail' };
    expect(await found(objects)).toEqual([
      `warning ${mutating} shimgate: ${mutating} "shimgate" is not what shimgate writes for this configuration and this cluster.`,
    ]);
  });

  test('nothing of policies where every pod is sent', async () => {
    expect(await found([...installed({ ...answersFor('vm'), classes: new Map() })])).toEqual([]);
  });
});
