/**
 * Stops one thing after the other, in their order. One that cannot be stopped keeps none of the others from it.
 *
 * @throws AggregateError with all that could not be stopped
 */
export async function stopAll(...stops: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of stops) await stop().catch((error: unknown) => errors.push(error));
  if (errors.length === 0) return;
  const said = errors.map((error) => (error instanceof Error ? error.message : String(error)));
  throw new AggregateError(errors, `Not all of the node could be stopped: ${said.join('; ')}`);
}
