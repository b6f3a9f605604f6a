import type { RuntimeClass } from '../generated/objects.ts';

/** Indexes classes by their handler. Whoever gets a class that is new or changed makes a new index. */
export function indexByHandler(classes: Iterable<RuntimeClass>): (handler: string) => readonly RuntimeClass[] {
  const byHandler = Map.groupBy(classes, ({ handler = '' }) => handler);
  return (handler) => byHandler.get(handler) ?? [];
}
