/**
 * Returns the items in a random order. A run that handles only the first few, or that the platform
 * stops early, thus leaves others out each time, and a slow item delays others each time.
 * @param random returns a number from 0 to below 1
 */
export function shuffle<T extends {}>(items: readonly T[], random: () => number): T[] {
  const shuffled = [...items];
  for (const [at, item] of items.entries()) {
    const from = at + Math.floor(random() * (items.length - at));
    const drawn = shuffled[from] ?? item;
    shuffled[from] = shuffled[at] ?? item;
    shuffled[at] = drawn;
  }
  return shuffled;
}
