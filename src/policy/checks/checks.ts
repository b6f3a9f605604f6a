import { bindingAnnotations } from './binding-annotations.ts';
import { namespaceModeLabel } from './namespace-mode-label.ts';
import { podAllowedRuntimeClass } from './pod-allowed-runtime-class.ts';
import { podGuardedAnnotations } from './pod-guarded-annotations.ts';
import { podManagedAnnotations } from './pod-managed-annotations.ts';
import { podNodes } from './pod-nodes.ts';
import { podOperatingSystem } from './pod-operating-system.ts';
import { podPassedAnnotations } from './pod-passed-annotations.ts';
import { podRuntimeClass } from './pod-runtime-class.ts';
import { podUntrustedWorkload } from './pod-untrusted-workload.ts';
import type { Check } from './check.ts';
import { runtimeClassDeletion } from './runtime-class-deletion.ts';
import { runtimeClassHandler } from './runtime-class-handler.ts';
import { runtimeClassTable } from './runtime-class-table.ts';

/** Every policy, sorted by id. A new one is one file beside this and one line here. */
export const checks: readonly Check[] = [
  bindingAnnotations,
  namespaceModeLabel,
  podAllowedRuntimeClass,
  podGuardedAnnotations,
  podManagedAnnotations,
  podNodes,
  podOperatingSystem,
  podPassedAnnotations,
  podRuntimeClass,
  podUntrustedWorkload,
  runtimeClassDeletion,
  runtimeClassHandler,
  runtimeClassTable,
];
