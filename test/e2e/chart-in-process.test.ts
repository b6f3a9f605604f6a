import { describe, expect, test } from '@jest/globals';
import { render } from './chart/render.ts';

const served = ['--api-versions=admissionregistration.k8s.io/v1/MutatingAdmissionPolicy'];
const policies = /^(Mutating|Validating)AdmissionPolicy(Binding)?$/;

/** What of the chart is for answers inside the API server: kinds of policies, the flag, and the right to write policies. */
async function answering(values: object, flags: readonly string[]) {
  const objects = await render(values, 'shimgate', flags);
  const text = JSON.stringify(objects);
  return {
    kinds: objects.map(({ kind }) => kind).filter((kind) => policies.test(kind)),
    hasFlag: text.includes('--in-process-policy=shimgate'),
    hasRight: text.includes('mutatingadmissionpolicies'),
  };
}

const on = {
  kinds: [
    'MutatingAdmissionPolicy',
    'MutatingAdmissionPolicyBinding',
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ],
  hasFlag: true,
  hasRight: true,
};
const off = { kinds: [], hasFlag: false, hasRight: false };

describe('the API server answers ordinary pods by itself', () => {
  test.each([
    ['by default', {}],
    ['with auto', { inProcess: { enabled: 'auto' } }],
  ])('%s where it serves MutatingAdmissionPolicy v1, and nowhere else', async (_, values) => {
    expect(await answering(values, served)).toEqual(on);
    // As Kubernetes 1.30 to 1.35, and as helm template without a cluster.
    expect(await answering(values, [])).toEqual(off);
    expect(
      await answering(values, ['--api-versions=admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy']),
    ).toEqual(off);
  });

  test('where it is told to, and not where it is told not to', async () => {
    expect(await answering({ inProcess: { enabled: true } }, [])).toEqual(on);
    expect(await answering({ inProcess: { enabled: false } }, served)).toEqual(off);
  });
});
