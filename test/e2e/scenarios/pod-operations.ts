import { expect } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import { expectSilence, type KubectlUser } from './kubectl-user.ts';
import { pod, type PodChoice, type PodManifest } from '../../support/cluster/manifests.ts';

/** Something that happens to a pod in its life, and that nothing may hold up. */
export type PodOperation = {
  /** What has to work, as the end of a sentence. */
  readonly name: string;
  /** The pod that it is tried on. */
  readonly pod: string;
  readonly finalizers?: readonly string[];
  /** Puts the pod on a node, so that its deletion waits for a kubelet. */
  readonly nodeName?: string;
  /** Annotations are what shimgate looks at. */
  readonly changesAnnotations?: true;
  readonly run: (user: KubectlUser, pod: string, choice: PodChoice) => Promise<void>;
};

/** The node that pods with a grace period run on; nobody runs it. */
export const nodeName = 'worker';

const finalizer = 'example.com/bookkeeping';

export const podOperations: readonly PodOperation[] = [
  {
    name: 'lets a label be set',
    pod: 'labelled',
    run: async (user, name) => {
      await says(user, ['label', 'pod', name, 'seen=yes'], `pod/${name} labeled\n`);
      expect((await user.stored('pod', name)).metadata.labels).toEqual({ seen: 'yes' });
    },
  },
  {
    name: "lets somebody else's annotation be set",
    pod: 'annotated',
    changesAnnotations: true,
    run: async (user, name) => {
      await says(user, ['annotate', 'pod', name, 'example.com/note=hello'], `pod/${name} annotated\n`);
      expect(await user.podAnnotations(name)).toMatchObject({ 'example.com/note': 'hello' });
    },
  },
  {
    name: 'lets its manifest be applied again',
    pod: 'applied',
    changesAnnotations: true,
    run: async (user, name, choice) => {
      const manifest = pod(name, choice);
      const labelled = { ...manifest, metadata: { ...manifest.metadata, labels: { applied: 'again' } } };
      const applied = await user.apply(labelled);
      expectSilence(applied);
      expect(applied.stdout).toBe(`pod/${name} configured\n`);
    },
  },
  {
    name: 'lets a finalizer be added and removed',
    pod: 'finalized',
    run: async (user, name) => {
      await says(user, patch(name, { metadata: { finalizers: [finalizer] } }), `pod/${name} patched\n`);
      expect((await user.stored('pod', name)).metadata.finalizers).toEqual([finalizer]);
      await says(user, patch(name, { metadata: { finalizers: null } }), `pod/${name} patched\n`);
      expect((await user.stored('pod', name)).metadata.finalizers).toBeUndefined();
    },
  },
  {
    name: 'lets its status be written',
    pod: 'reported',
    run: async (user, name) => {
      const status = { status: { message: 'seen by the kubelet' } };
      await says(user, [...patch(name, status), '--subresource=status'], `pod/${name} patched\n`);
      expect(await user.stored('pod', name)).toMatchObject(status);
    },
  },
  {
    name: 'goes when it is deleted',
    pod: 'deleted',
    run: async (user, name) => {
      await says(user, ['delete', 'pod', name, '--timeout=20s'], deletionOf(user, name));
      await isGone(user, name);
    },
  },
  {
    name: 'goes when its last finalizer does, and can be labelled until then',
    pod: 'deleted-with-finalizer',
    finalizers: [finalizer],
    run: async (user, name) => {
      await says(user, ['delete', 'pod', name, '--wait=false'], deletionOf(user, name));
      await isGoing(user, name);
      await says(user, patch(name, { metadata: { finalizers: null } }), `pod/${name} patched\n`);
      await isGone(user, name);
    },
  },
  {
    name: 'goes when its grace period ends, and can be labelled until then',
    pod: 'deleted-gracefully',
    nodeName,
    run: async (user, name) => {
      await says(user, ['delete', 'pod', name, '--wait=false'], deletionOf(user, name));
      await isGoing(user, name);
      // The kubelet's last word, once the containers have ended.
      const kubelet = { as: { user: `system:node:${nodeName}`, groups: ['system:nodes'] } };
      const ended = await user.run(['delete', 'pod', name, '--grace-period=0', '--force'], kubelet);
      expect(ended.stdout).toBe(`pod "${name}" force deleted from ${user.namespace} namespace\n`);
      await isGone(user, name);
    },
  },
];

/** The pod that an operation is tried on. */
export function podFor({ pod: name, finalizers, nodeName: node }: PodOperation, choice: PodChoice): PodManifest {
  const { metadata, spec, ...type } = pod(name, choice);
  return {
    ...type,
    metadata: { ...metadata, ...(finalizers !== undefined && { finalizers }) },
    spec: { ...spec, ...(node !== undefined && { nodeName: node }) },
  };
}

function patch(name: string, change: object): readonly string[] {
  return ['patch', 'pod', name, `--patch=${JSON.stringify(change)}`];
}

async function says(user: KubectlUser, args: readonly string[], stdout: string): Promise<void> {
  const done = await user.run(args);
  expectSilence(done);
  expect(done.stdout).toBe(stdout);
}

function deletionOf(user: KubectlUser, name: string): string {
  return `pod "${name}" deleted from ${user.namespace} namespace\n`;
}

async function isGoing(user: KubectlUser, name: string): Promise<void> {
  expect((await user.stored('pod', name)).metadata.deletionTimestamp).toBeDefined();
  await says(user, ['label', 'pod', name, 'seen=late'], `pod/${name} labeled\n`);
}

async function isGone(user: KubectlUser, name: string): Promise<void> {
  await eventually(async () => {
    const got = await user.run(['get', 'pod', name]);
    expect(got.stderr).toBe(`Error from server (NotFound): pods "${name}" not found\n`);
  });
}
