import { expect, test } from '@jest/globals';
import { classObject, messagesOf, podObject } from '../../support/reports/audit-of.ts';

test('of manifests, what stands where Kubernetes has no such field is told, before the API server drops it', async () => {
  const objects = [
    { ...classObject('kata', 'kata'), overhead: { memory: '160Mi' } },
    podObject('web', { runtimeClass: 'kata', containers: [] }),
  ];
  const said = await messagesOf(['MisplacedField'], { configuration: {}, objects });
  expect(said).toEqual([
    expect.stringMatching(/^warning RuntimeClass kata: .*overhead\.memory is no field of a RuntimeClass/),
    expect.stringMatching(/^warning Pod default\/web: .*spec\.runtimeClass is no field of Kubernetes/),
  ]);
});
