import { isTrueOf } from '../../../src/shim/containerd-facts.ts';
import { isInRange, type ContainerdVersion } from '../../../src/shim/containerd-version.ts';
import { defaultPullSettings, runtimeHandlerAtPull } from '../../../src/shim/runtime-handler-at-pull.ts';
import type { Row, RowsOf } from './row.ts';

/** Pods that run: on each shim, and where they are warned of something that does not keep them from running. */
export const soundRows: readonly Row[] = [
  { pod: 'plain', warned: [], node: 'runs' },
  { pod: 'bound', spec: { nodeName: 'node-1' }, class: 'runc', warned: [], node: 'runs' },
  { pod: 'runc', class: 'runc', warned: [], node: 'runs' },
  { pod: 'runc-host', class: 'runc', hostNetwork: true, warned: [], node: 'runs' },
  { pod: 'crun', class: 'crun', warned: [], node: 'runs' },
  { pod: 'abspath', class: 'abspath', warned: [], node: 'runs' },
  { pod: 'goodpath', class: 'goodpath', warned: [], node: 'runs' },
  { pod: 'shortname', class: 'shortname', warned: [], node: 'runs' },
  { pod: 'unknownoption', class: 'unknownoption', warned: [], node: 'runs' },
  { pod: 'fancy', class: 'fancy', comesLast: true, warned: [], node: 'runs' },
  // With a default class, that of the namespace.
  { pod: 'default', namespace: 'tenant', warned: [], node: 'runs' },
  // A policy of the cluster's, which a node knows nothing of.
  { pod: 'other', namespace: 'tenant', class: 'runc', warned: ['RuntimeClassNotAllowed'], node: 'runs' },
  { pod: 'exempt', namespace: 'exempt', class: 'annotated', warned: [], node: 'runs' },
];

/** gVisor's shim of today answers containerd in a form that 1.6 takes for an address. */
export const gvisorRows: RowsOf = (containerd) =>
  [
    { pod: 'gvisor', class: 'runsc' },
    { pod: 'gvisor-config', class: 'runscconfig' },
  ].map((pod) => ({
    ...pod,
    hostNetwork: true,
    warned: [],
    ...(isInRange(containerd, { from: '1.7' })
      ? { node: 'runs' }
      : { node: /dial unix .*invalid argument/, unforeseen: 'nothing tells which containerd a shim was made for' }),
  }));

const hypervisor = { 'io.katacontainers.config.hypervisor.path': '/opt/kata/bin/qemu' };

/** Pods with annotations: which of them reach the OCI specs is looked up in the files of containerd. */
export const annotatedRows: RowsOf = (containerd) => [
  {
    pod: 'annotated',
    class: 'annotated',
    annotations: { 'team.example/a': 'b', 'other.example/a': 'b', 'team.example': 'b' },
    warned: [],
    node: 'runs',
  },
  {
    pod: 'noslash',
    class: 'noslash',
    annotations: { 'team.example': 'b', 'team.example/a': 'b' },
    warned: [],
    node: 'runs',
  },
  {
    pod: 'oneslash',
    class: 'oneslash',
    annotations: { 'team.example': 'b', 'team.example/a': 'b' },
    warned: [],
    node: 'runs',
  },
  {
    pod: 'spoofed',
    class: 'annotated',
    annotations: { 'shimgate.dev/runtime-type': 'io.containerd.kata.v2', 'shimgate.dev/own': 'b' },
    warned: ['ManagedAnnotationReplaced', 'ManagedAnnotationReplaced'],
    node: 'runs',
  },
  {
    pod: 'not-passed',
    class: 'annotated',
    annotations: hypervisor,
    warned: ['PodAnnotationNotPassed'],
    node: 'runs',
  },
  { pod: 'guarded', class: 'noslash', annotations: hypervisor, warned: ['GuardedAnnotation'], node: 'runs' },
  {
    pod: 'fancy-own',
    class: 'fancy',
    comesLast: true,
    annotations: { 'io.containerd.cri.runtime-handler': 'fancy' },
    // Where it helps, it is what would be injected.
    warned: needsHandlerAnnotation(containerd) ? [] : ['ManagedAnnotationReplaced'],
    node: 'runs',
  },
  ...(isTrueOf('knowsSandboxers', containerd)
    ? []
    : [
        {
          pod: 'sandboxmode',
          class: 'sandboxmode',
          annotations: { 'team.example/a': 'b' },
          warned: [],
          node: 'runs' as const,
        },
      ]),
];

function needsHandlerAnnotation(containerd: ContainerdVersion): boolean {
  return runtimeHandlerAtPull(containerd, { ...defaultPullSettings, ofRuntime: 'native' }).effect === 'needs';
}
