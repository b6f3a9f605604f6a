import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlPlane } from '../../support/cluster/control-plane.ts';
import { runtimeClass } from '../../support/cluster/manifests.ts';
import { eventually } from '../../support/eventually.ts';
import { Installation } from '../../support/installation/installation.ts';

/** The release for which the API server answers ordinary pods by itself; the other one is sent each of them. */
export const answeringRelease = 'answering';

/** shimgate for one namespace alone. */
export function installFor(
  controlPlane: ControlPlane,
  release: string,
  namespace: string,
  isInProcess: boolean,
): Promise<Installation> {
  return Installation.install(controlPlane, {
    isDirect: true,
    release,
    namespace: release,
    values: {
      fullnameOverride: release,
      replicas: 1,
      service: { port: 8443 },
      config: {
        mode: 'enforce',
        // Else thousands of pods are looked through for each class that is made.
        runtimeClassDeletion: 'allow',
        runtimes: { bench: { runtimeType: 'io.containerd.bench.v1', snapshotter: 'native' } },
      },
      webhooks: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
      // Those of the other variants run later, and are not asked about the same pods.
      inProcess: { enabled: isInProcess, trustedWebhooks: ['bench-bare', 'bench-patching', 'shimgate'] },
    },
  });
}

/** Makes as many classes as there are to be, and waits until the API server answers for the last one. */
export async function answerClasses(controlPlane: ControlPlane, count: number): Promise<void> {
  const names = Array.from({ length: count - 1 }, (_, index) => `other-${String(index).padStart(3, '0')}`);
  for (const name of names) {
    const { status, text } = await controlPlane.api.send('POST', '/apis/node.k8s.io/v1/runtimeclasses', {
      ...runtimeClass(name, 'bench'),
    });
    if (status !== 201 && status !== 409) throw new Error(text);
  }
  const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${answeringRelease}`;
  await eventually(async () => {
    const stored = await controlPlane.api.expect('GET', path);
    if (!stored.includes(names.at(-1) ?? 'bench')) throw new Error('The API server does not answer for all yet.');
  }, 60_000);
  // It looks at policies once a second.
  await sleep(3_000);
}
