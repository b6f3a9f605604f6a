import { finding } from '../../finding/finding.ts';
import { annotationField } from '../../finding/field-path.ts';
import type { RuntimeClass } from '../../generated/objects.ts';
import { declaredRuntimeTypeAnnotation } from '../../shim/managed-annotations.ts';
import { nothing, type ClassCheck } from './check.ts';
import { handlerCodes } from '../resolve-handler.ts';

/**
 * A RuntimeClass's handler must be one that the nodes can know. It is judged in the mutating webhook too: the API
 * server validates between the two webhooks, so the validating one never sees a handler that is a path.
 */
export const runtimeClassHandler: ClassCheck = {
  id: 'runtime-class-handler',
  about: 'RuntimeClasses',
  codes: handlerCodes,
  evaluate: ({ review: { operation }, subject, runtimeClass, old, resolution: { handler, findings } }) => {
    if (findings.length === 0 || (operation !== 'CREATE' && operation !== 'UPDATE')) return nothing;
    const isUnchanged = old !== undefined && identity(old) === identity(runtimeClass);
    return {
      findings: findings.map(({ code, severity, about, flaw, fix, shortFix }) =>
        finding(code, {
          field: about === 'handler' ? 'handler' : annotationField(declaredRuntimeTypeAnnotation),
          // A label or a finalizer of an old class must stay editable, whatever became of its handler since.
          severity: isUnchanged && severity === 'error' ? 'warning' : severity,
          subject,
          statement: { kind: 'handler', handler, links: 1, flaw },
          fix,
          ...(shortFix !== undefined && { shortFix }),
        }),
      ),
    };
  },
};

function identity({ handler, metadata }: RuntimeClass): string {
  return JSON.stringify([handler, metadata?.annotations?.[declaredRuntimeTypeAnnotation]]);
}
