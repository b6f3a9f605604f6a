import type { Configuration } from '../config/configuration.ts';
import type { Exemptions } from '../generated/configuration.ts';
import { classNameOf, type Review } from './review.ts';

/** Why a request is exempt. */
export type Exemption = 'namespace' | 'user' | 'class';

/**
 * Why no check but those of paths applies to a request: its namespace, its user, or its class, which is that of a pod or
 * template, or the RuntimeClass itself. All by their exact names, as in Kubernetes' pod security admission.
 */
export function exemptionOf(review: Review, configuration: Configuration): Exemption | undefined {
  const { namespaces, usernames, runtimeClassNames }: Exemptions = configuration.exemptions;
  const isOneOf = (names: readonly string[] | undefined, name: string | undefined) =>
    name !== undefined && name !== '' && names !== undefined && names.length > 0 && names.includes(name);
  if (isOneOf(namespaces, review.namespace)) return 'namespace';
  if (isOneOf(usernames, review.username)) return 'user';
  return isOneOf(runtimeClassNames, classConcerned(review)) ? 'class' : undefined;
}

function classConcerned({ subject }: Review): string | undefined {
  switch (subject.kind) {
    case 'Pod':
    case 'template':
      return classNameOf(subject.pod);
    case 'RuntimeClass':
      return subject.runtimeClass.metadata?.name ?? undefined;
    case 'Binding':
    case 'other':
      return undefined;
  }
}
