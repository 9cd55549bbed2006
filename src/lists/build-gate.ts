import { settleWithin } from '../wait.ts';

/**
 * Keeps the requests of one isolate from building the same list at the same time: a request that finds
 * a build in progress waits for its end and reads the list again. It only saves work; the record
 * decides which list is right.
 */
export interface BuildGate {
  /** Waits for the end of the build in progress, see settleWithin. Null if there is none. */
  wait(key: string, ms: number): Promise<boolean> | null;
  /** Begins a build. Returns the function that ends it. */
  enter(key: string): () => void;
}

export function createBuildGate(): BuildGate {
  const building = new Map<string, Promise<void>>();
  return {
    wait(key, ms) {
      const ended = building.get(key);
      return ended === undefined ? null : settleWithin(ended, ms);
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
