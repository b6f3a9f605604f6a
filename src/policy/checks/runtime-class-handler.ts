import { finding } from '../../finding/finding.ts';
import { annotationField } from '../../finding/field-path.ts';
import { quote } from '../../finding/quote.ts';
import type { RuntimeClass } from '../../generated/objects.ts';
import { declaredRuntimeTypeAnnotation } from '../../shim/managed-annotations.ts';
import { nothing, type Check } from './check.ts';
import { chained, handlerCodes, resolveHandler } from '../resolve-handler.ts';

/**
 * A RuntimeClass's handler must be one that the nodes can know. It is judged in the mutating webhook too: the API
 * server validates between the two webhooks, so the validating one never sees a handler that is a path.
 */
export const runtimeClassHandler: Check = {
  id: 'runtime-class-handler',
  codes: handlerCodes,
  evaluate: ({ subject, operation, object }, world) => {
    if (subject.kind !== 'RuntimeClass' || (operation !== 'CREATE' && operation !== 'UPDATE')) return nothing;
    const { runtimeClass, old } = subject;
    const isUnchanged = old !== undefined && identity(old) === identity(runtimeClass);
    const { shim, findings } = resolveHandler(runtimeClass, world);
    return {
      shim,
      findings: findings.map((found) => {
        const { code, severity, about, message, fix } = found;
        return finding(code, {
          field: about === 'handler' ? 'handler' : annotationField(declaredRuntimeTypeAnnotation),
          // A label or a finalizer of an old class must stay editable, whatever became of its handler since.
          severity: isUnchanged && severity === 'error' ? 'warning' : severity,
          ...chained(`${object} -> handler ${quote(runtimeClass.handler ?? '')}`, found),
          cause: message,
          fix,
        });
      }),
    };
  },
};

function identity({ handler, metadata }: RuntimeClass): string {
  return JSON.stringify([handler, metadata?.annotations?.[declaredRuntimeTypeAnnotation]]);
}
