export interface ClockJump {
  /** Positive if the clock was set forward. */
  readonly bySeconds: number;
  /** What the clock would say. */
  readonly from: string;
  readonly to: string;
}

/** NTP corrects less by making the clock faster or slower. */
const MIN_JUMP_MS = 10_000;

/**
 * Finds out whether the clock was set. A clock that stands still while the machine sleeps makes a sleep
 * look like a clock that was set forward.
 * @param clock Unix ms, which jumps
 * @param monotonic milliseconds, which do not jump
 * @returns the function that tells of a jump since its last call; null if there was none
 */
export function watchClock(clock: () => number, monotonic: () => number): () => ClockJump | null {
  let difference = clock() - monotonic();
  return () => {
    const nowMs = clock();
    const wasMs = monotonic() + difference;
    difference += nowMs - wasMs;
    if (Math.abs(nowMs - wasMs) < MIN_JUMP_MS) return null;
    return {
      bySeconds: Math.round((nowMs - wasMs) / 1000),
      from: new Date(wasMs).toISOString(),
      to: new Date(nowMs).toISOString(),
    };
  };
}
