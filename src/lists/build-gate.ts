/**
 * Keeps the requests of one isolate from building the same list at the same time: a request that finds
 * a build in progress waits for its end and reads the list again. It only saves work; the record
 * decides which list is right.
 */
export interface BuildGate {
  /** Resolves at the end of the build in progress, or after `ms`. Null if there is none. */
  wait(key: string, ms: number): Promise<void> | null;
  /** Begins a build. Returns the function that ends it. */
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

/** Without a timer of its own, the platform cancels a request that waits for another one as hung. */
async function waitAtMost(ended: Promise<void>, ms: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([ended, late]);
  clearTimeout(timer);
}
