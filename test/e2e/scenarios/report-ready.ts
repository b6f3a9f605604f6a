import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { expectSilence, type KubectlUser } from './kubectl-user.ts';

/** Says of the pods that a Deployment made in the namespace of that user that they are ready: there is no kubelet that would. */
export async function reportReady(admin: KubectlUser): Promise<void> {
  const pods = await eventually(async () => {
    const { stdout } = await admin.run(['get', 'pods', '--output=name']);
    const names = stdout.split('\n').filter((name) => name !== '');
    expect(names.length).toBeGreaterThan(0);
    return names;
  });
  const patch = JSON.stringify({ status: { conditions: [{ type: 'Ready', status: 'True' }] } });
  for (const name of pods) {
    expectSilence(await admin.run(['patch', name, '--subresource=status', `--patch=${patch}`]));
  }
}
