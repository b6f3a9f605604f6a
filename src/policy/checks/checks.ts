import { bindingAnnotations } from './binding-annotations.ts';
import { namespaceModeLabel } from './namespace-mode-label.ts';
import { podAllowedRuntimeClass } from './pod-allowed-runtime-class.ts';
import { podClassConflicts } from './pod-class-conflicts.ts';
import { podGuardedAnnotations } from './pod-guarded-annotations.ts';
import { podHandlerFeatures } from './pod-handler-features.ts';
import { podManagedAnnotations } from './pod-managed-annotations.ts';
import { podNodes } from './pod-nodes.ts';
import { podOperatingSystem } from './pod-operating-system.ts';
import { podPassedAnnotations } from './pod-passed-annotations.ts';
import { podRuntimeClass } from './pod-runtime-class.ts';
import { podUntrustedWorkload } from './pod-untrusted-workload.ts';
import type { BindingCheck, Check, ClassCheck, PodCheck } from './check.ts';
import { runtimeClassDeletion } from './runtime-class-deletion.ts';
import { runtimeClassHandler } from './runtime-class-handler.ts';
import { runtimeClassTable } from './runtime-class-table.ts';

/** Every check, sorted by id. A new one is one file beside this and one line here. */
const checks: readonly Check[] = [
  bindingAnnotations,
  namespaceModeLabel,
  podAllowedRuntimeClass,
  podClassConflicts,
  podGuardedAnnotations,
  podHandlerFeatures,
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

/** Checks by what they are about, as they are asked. */
export type CheckSet = {
  readonly pods: readonly PodCheck[];
  readonly classes: readonly ClassCheck[];
  readonly bindings: readonly BindingCheck[];
};

/** The checks that the webhooks ask: all. */
export const everyCheck: CheckSet = setOf(checks);

/** All checks but some, for an audit that judges what these are about in another way. */
export function checksWithout(leftOut: readonly Check[]): CheckSet {
  return setOf(checks.filter((check) => !leftOut.includes(check)));
}

function setOf(chosen: readonly Check[]): CheckSet {
  return {
    pods: chosen.filter((check) => check.about === 'pods'),
    classes: chosen.filter((check) => check.about === 'RuntimeClasses'),
    bindings: chosen.filter((check) => check.about === 'bindings'),
  };
}
