import type { ConformanceObject } from './objects.ts';

export type Severity = 'error' | 'warning' | 'notice';

export interface Finding {
  readonly tool: string;
  readonly object: ConformanceObject;
  readonly severity: Severity;
  /** The lint's name as the tool has it; 'verdict' where a tool says yes or no. */
  readonly id: string;
  readonly message: string;
}

/** What one tool did in a run. */
export interface ToolResult {
  readonly tool: string;
  /** Every object that it judged. */
  readonly checked: readonly ConformanceObject[];
  readonly findings: readonly Finding[];
}

/** A tool that is ready to run. */
export interface Tool {
  readonly name: string;
  /** Whether it can judge the object at all. */
  judges(object: ConformanceObject): boolean;
  check(objects: readonly ConformanceObject[]): Promise<readonly Finding[]>;
}

export async function runTool(
  tool: Tool,
  objects: readonly ConformanceObject[],
): Promise<ToolResult> {
  const checked = objects.filter((object) => tool.judges(object));
  return { tool: tool.name, checked, findings: await tool.check(checked) };
}
