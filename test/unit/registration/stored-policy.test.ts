import { expect, test } from '@jest/globals';
import { policyPatch, type StoredPolicy } from '../../../src/registration/stored-policy.ts';

const spec = { failurePolicy: 'Ignore' };

function stored(managedFields: StoredPolicy['metadata']['managedFields'] = []): StoredPolicy {
  return { metadata: { name: 'shimgate', resourceVersion: '7', labels: { app: 'shimgate' }, managedFields }, spec: {} };
}

test('a policy that was applied is applied again, in the name of who did', () => {
  const policy = stored([
    { manager: 'kubectl', operation: 'Apply', fieldsV1: { 'f:metadata': {} } },
    { manager: 'someone', operation: 'Update', fieldsV1: { 'f:spec': {} } },
    { manager: 'helm', operation: 'Apply', fieldsV1: { 'f:spec': {} } },
  ]);
  expect(policyPatch('mutatingadmissionpolicies', policy, spec)).toEqual({
    query: { fieldManager: 'helm', force: 'true' },
    body: {
      type: 'application/apply-patch+yaml',
      value: {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingAdmissionPolicy',
        metadata: { name: 'shimgate', resourceVersion: '7', labels: { app: 'shimgate' } },
        spec,
      },
    },
  });
});

test('one that was created otherwise is patched', () => {
  expect(policyPatch('mutatingadmissionpolicies', stored(), spec)).toEqual({
    query: {},
    body: { type: 'application/merge-patch+json', value: { metadata: { resourceVersion: '7' }, spec } },
  });
});
