import { describe, expect, test } from '@jest/globals';
import { everyCheck, type CheckSet } from '../../../src/policy/checks/checks.ts';
import { nothing, type PodCheck } from '../../../src/policy/checks/check.ts';
import { compileAnswers, type InProcessAnswers } from '../../../src/registration/in-process-answers.ts';
import { fitting, handlersOf, interlockSpec, notRightAlready } from '../../../src/registration/in-process-policy.ts';
import { judgedKeyPattern } from '../../../src/registration/judged-key-pattern.ts';
import guarded from '../../../src/shim/guarded-annotations.json' with { type: 'json' };
import { classOf, nodeOf, worldOf, type WorldParts } from '../../support/worlds/world-of.ts';

const runtimes = { kata: { runtimeType: 'io.containerd.kata.v2' }, runsc: { runtimeType: 'io.containerd.runsc.v1' } };
const kata = classOf('vm', 'kata');
const namespaces = ['a', 'b', 'exempt'].map((name) => ({ metadata: { name, labels: {} } }));

function answersFor(parts: WorldParts, checks?: CheckSet): InProcessAnswers {
  const { classes = [kata] } = parts;
  const world = worldOf({ namespaces, ...parts, classes, configuration: { runtimes, ...parts.configuration } });
  return compileAnswers(world, { classes, namespaces: parts.namespaces ?? namespaces }, checks);
}

const answered = (parts: WorldParts, checks?: CheckSet) => [...answersFor(parts, checks).classes.keys()];

describe('pods are answered by the API server', () => {
  test('where all of a class are allowed with these annotations, and nothing is said', () => {
    expect(answersFor({}).classes).toEqual(
      new Map([
        [
          'vm',
          {
            handler: 'kata',
            annotations: {
              'shimgate.dev/runtime-type': 'io.containerd.kata.v2',
              'shimgate.dev/shim-binary': 'containerd-shim-kata-v2',
              'shimgate.dev/source': 'configured',
            },
          },
        ],
      ]),
    );
  });

  test.each<readonly [string, WorldParts]>([
    ['whose handler nobody declares', { classes: [classOf('vm', 'other')] }],
    ['that is exempt', { configuration: { exemptions: { runtimeClassNames: ['vm'] } } }],
    [
      'with a shim for Windows, of which pods that say that they are for Linux are warned',
      {
        classes: [classOf('vm', 'runhcs')],
        configuration: { runtimes: { runhcs: { runtimeType: 'io.containerd.runhcs.v1' } } },
      },
    ],
    [
      'that is for Windows, with a shim for Linux',
      { classes: [{ ...kata, scheduling: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }] },
    ],
    ['whose handler some nodes have not', { nodes: [nodeOf('a', ['runc', 'kata']), nodeOf('b', ['runc'])] }],
    ['whose handler is on no node', { nodes: [nodeOf('a', ['runc'])] }],
  ])('but not of a class %s', (_, parts) => {
    expect(answered(parts)).toEqual([]);
  });

  test('but not where a check does not say what it reads', () => {
    const added: PodCheck = { id: 'new', about: 'pods', codes: [], evaluate: () => nothing };
    expect(answered({}, { ...everyCheck, pods: [...everyCheck.pods, added] })).toEqual([]);
    expect(answered({}, { ...everyCheck, pods: [...everyCheck.pods, { ...added, reads: [] }] })).toEqual(['vm']);
  });

  test('but not in namespaces and of users for which something else holds', () => {
    const { namespaces: but, usernames } = answersFor({
      configuration: { exemptions: { namespaces: ['exempt', 'later'], usernames: ['system:x'] } },
    });
    expect(but).toEqual({ are: 'but', names: ['exempt', 'later'] });
    expect(usernames).toEqual(['system:x']);
    const malformed = [...namespaces, { metadata: { name: 'c', labels: { 'shimgate.dev/mode': 'off' } } }];
    expect(answersFor({ namespaces: malformed }).namespaces).toEqual({ are: 'but', names: ['c'] });
  });

  test('in no namespace that is yet to be made, where a rule decides which classes it may use', () => {
    const configuration = { namespaceRules: [{ namespaces: ['b'], allowedRuntimeClassNames: ['other'] }] };
    expect(answersFor({ configuration }).namespaces).toEqual({ are: 'only', names: ['a', 'exempt'] });
  });
});

describe('the condition', () => {
  test('lets every pod be sent where nothing is answered', () => {
    expect(notRightAlready(answersFor({ classes: [] })).expression).toBe('true');
  });

  test('holds as many classes as an expression may have characters, and the rest is sent', () => {
    const classes = Array.from({ length: 1_000 }, (_, index) =>
      classOf(`class-${String(index).padStart(4, '0')}`, 'kata'),
    );
    const all = answersFor({ classes });
    const some = fitting(all);
    expect(all.classes.size).toBe(1_000);
    expect(some.classes.size).toBeGreaterThan(300);
    expect(some.classes.size).toBeLessThan(1_000);
    expect(notRightAlready(some).expression.length).toBeLessThan(100_000);
  });

  test('answers nothing where names alone would fill it', () => {
    const names = Array.from({ length: 3_000 }, (_, index) => `namespace-${index}`);
    expect(fitting({ ...answersFor({}), namespaces: { are: 'only', names } }).classes.size).toBe(0);
  });

  test('knows every annotation of a family that some reader may have', () => {
    const pattern = new RegExp(judgedKeyPattern);
    const unknown = guarded.families
      .flatMap(({ prefixes }) => prefixes)
      .map((prefix) => prefix.replace('*', 'x'))
      .filter((prefix) => !pattern.test(prefix) && !pattern.test(`${prefix}.x`) && !pattern.test(`${prefix}/x`));
    expect(unknown).toEqual([]);
  });
});

test('the interlock can be read back', () => {
  const handlers = new Map([['vm', 'kata']]);
  const { variables } = interlockSpec(handlers) as { variables: { name: string; expression: string }[] };
  expect(handlersOf(variables)).toEqual(handlers);
  expect(handlersOf([{ name: 'handlers', expression: 'none of ours' }])).toEqual(new Map());
  expect(handlersOf()).toEqual(new Map());
});
