/**
 * Does something once for each number below a count.
 *
 * @param workers as many at a time
 */
export async function severalAtATime(
  count: number,
  workers: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const goOn = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: workers }, goOn));
}
