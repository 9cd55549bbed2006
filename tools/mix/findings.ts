/** Counts checks and their faults. */
export interface Findings {
  readonly checks: number;
  /** Count of each fault by its description. */
  readonly violations: ReadonlyMap<string, number>;
  /** Counts a check. @param fault the description of the fault if `isRight` is false */
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
