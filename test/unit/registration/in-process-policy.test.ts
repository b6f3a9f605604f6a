import { describe, expect, test } from '@jest/globals';
import type { ClassAnswer } from '../../../src/registration/in-process-answers.ts';
import { isAnsweredBy, mutatingPolicySpec, notRightAlready } from '../../../src/registration/in-process-policy.ts';

const classes = new Map<string, ClassAnswer>([['vm', { handler: 'kata', annotations: { a: 'b' } }]]);

test.each([
  [{ are: 'but' as const, names: ['exempt'] }, '!(request.namespace in ["exempt"])'],
  [{ are: 'only' as const, names: ['team'] }, '(request.namespace in ["team"])'],
])('the API server writes where the answers hold, and nowhere else: %j', (namespaces, place) => {
  const answers = { classes, namespaces, usernames: ['root'] };
  const where = `${place} && !(request.userInfo.username in ["root"]) && `;
  const [written] = mutatingPolicySpec(answers).matchConditions;
  expect(written?.expression.slice(0, where.length)).toBe(where);
  expect(notRightAlready(answers).expression).toContain(`!(${where}`);
});

describe('of a class is told whether it is answered by the conditions', () => {
  const says = '"gone":{"a":"b"}, "vm":{';
  const others = new Map([['other', { handler: 'kata', annotations: { 'a"gone":{': says, vm: says } }]]);
  const entriesOf = (...expressions: readonly string[]) => [
    { name: 'templates.shimgate.dev' },
    {
      name: 'pods.shimgate.dev',
      matchConditions: expressions.map((expression) => ({ name: 'not-right-already', expression })),
    },
  ];
  const conditionFor = (of: typeof classes) => {
    const namespaces = { are: 'but' as const, names: ['"gone":{'] };
    return entriesOf(notRightAlready({ classes: of, namespaces, usernames: ['"gone":{'] }).expression);
  };

  test.each<readonly [string, Parameters<typeof isAnsweredBy>[0], boolean]>([
    ['both do', [conditionFor(classes), conditionFor(classes)], true],
    ['one does not', [conditionFor(classes), conditionFor(others)], false],
    ['one leaves out nothing', [conditionFor(classes), entriesOf('true')], false],
    ['one has no condition', [conditionFor(classes), entriesOf()], false],
    ['one has no such entry', [conditionFor(classes), [{ name: 'templates.shimgate.dev' }]], true],
    ['there are none', [undefined, null], false],
  ])('%s', (_, configurations, expected) => {
    expect(isAnsweredBy(configurations, 'vm')).toBe(expected);
  });

  test('and never by what annotations, namespaces and users are called', () => {
    expect(isAnsweredBy([conditionFor(others)], 'gone')).toBe(false);
    expect(isAnsweredBy([conditionFor(others)], 'vm')).toBe(false);
    expect(isAnsweredBy([conditionFor(others)], 'other')).toBe(true);
  });
});
