import { quote } from '../finding/quote.ts';
import type { Pod } from '../generated/objects.ts';
import { resolveHandler } from './resolve-handler.ts';
import { classNameOf } from './review.ts';
import type { World } from './world.ts';

/**
 * Where a pod leads, as messages show it: pod -> class -> handler -> shim, as far as it goes.
 *
 * @param object how messages call the pod, or what has its template
 */
export function chainOf(object: string, pod: Pod, world: World): string {
  const className = classNameOf(pod);
  if (className === undefined) return `${object}, which names no RuntimeClass`;
  const toClass = `${object} -> RuntimeClass ${quote(className)}`;
  const runtimeClass = world.runtimeClass(className);
  if (runtimeClass === undefined) return toClass;
  const { handler, shim } = resolveHandler(runtimeClass, world);
  const toHandler = `${toClass} -> handler ${quote(handler)}`;
  return shim?.runtimeType === undefined ? toHandler : `${toHandler} -> shim ${quote(shim.runtimeType)}`;
}
