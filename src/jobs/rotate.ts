/**
 * Returns the items from a random one on, and then those before it. A run that handles only the first
 * few, or that the platform stops early, thus leaves other items out each time, and none for ever.
 * @param random returns a number from 0 to below 1
 */
export function rotate<T>(items: readonly T[], random: () => number): T[] {
  const start = Math.floor(random() * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
