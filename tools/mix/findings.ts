/** What was looked at, and what was wrong. */
export interface Findings {
  readonly checks: number;
  /** How often each fault was seen, by its words. */
  readonly violations: ReadonlyMap<string, number>;
  /** Counts one thing that was looked at. @param fault what is wrong where `isRight` is false */
  expect(isRight: boolean, fault: string): void;
}

export function createFindings(): Findings {
  const violations = new Map<string, number>();
  let checks = 0;
  return {
    get checks() {
      return checks;
    },
    violations,
    expect(isRight, fault) {
      checks++;
      if (!isRight) violations.set(fault, (violations.get(fault) ?? 0) + 1);
    },
  };
}
