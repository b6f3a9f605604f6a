import { describe, expect, test } from '@jest/globals';
import { covers } from '../../../src/registration/rule-coverage.ts';

const rule = (resources: readonly string[]) => ({ apiGroups: [''], operations: ['CREATE'], resources });

describe('a rule of a webhook covers what the API server sends by it', () => {
  test.each([
    ['pods', 'pods', true],
    ['pods', 'pods/status', false],
    ['*', 'pods', true],
    ['*', 'pods/status', false],
    ['pods/*', 'pods', true],
    ['pods/*', 'pods/status', true],
    ['pods/*', 'nodes', false],
    ['*/*', 'pods', true],
    ['*/*', 'pods/status', true],
    ['*/status', 'pods', false],
    ['*/status', 'pods/status', true],
    ['pods/status', 'pods', false],
  ])('%s, of %s', (listed, resource, expected) => {
    expect(covers(rule(['nodes/proxy', listed]), { group: '', resource, operation: 'CREATE' })).toBe(expected);
  });

  test('and nothing of another group or operation, or where it says nothing', () => {
    expect(covers(rule(['*/*']), { group: 'apps', resource: 'pods', operation: 'CREATE' })).toBe(false);
    expect(covers(rule(['*/*']), { group: '', resource: 'pods', operation: 'UPDATE' })).toBe(false);
    expect(covers({ resources: null }, { group: '', resource: 'pods', operation: 'CREATE' })).toBe(false);
  });
});
