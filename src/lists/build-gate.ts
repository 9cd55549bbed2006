/**
 * Keeps the requests of one isolate from building the same list side by side: who finds a build
 * under way waits for its end and looks again. Only a hint: what is right is decided by the record.
 */
export interface BuildGate {
  /** Null where nobody builds; else fulfilled at the end of that build, or after `ms`. */
  wait(key: string, ms: number): Promise<void> | null;
  /** Returns what ends it. */
  enter(key: string): () => void;
}

export function createBuildGate(): BuildGate {
  const building = new Map<string, Promise<void>>();
  return {
    wait(key, ms) {
      const ended = building.get(key);
      return ended === undefined ? null : waitAtMost(ended, ms);
    },
    enter(key) {
      const { promise, resolve } = Promise.withResolvers<void>();
      building.set(key, promise);
      return () => {
        if (building.get(key) === promise) building.delete(key);
        resolve();
      };
    },
  };
}

/** The timer also keeps the platform from taking a request that only waits for another as hung. */
async function waitAtMost(ended: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
