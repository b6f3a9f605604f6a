import { expect, test } from '@jest/globals';
import { mutatingPolicySpec, notRightAlready } from '../../../src/registration/in-process-policy.ts';

const classes = new Map([['vm', { handler: 'kata', annotations: { a: 'b' } }]]);

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
