import type { ConformanceObject } from './objects.ts';

export type Severity = 'error' | 'warning' | 'notice';

export interface Finding {
  readonly tool: string;
  readonly object: ConformanceObject;
  readonly severity: Severity;
  /** The tool's name for the lint; 'verdict' if the tool only accepts or refuses. */
  readonly id: string;
  readonly message: string;
}

/** The result of one tool. */
export interface ToolResult {
  readonly tool: string;
  /** All objects that it judged. */
  readonly checked: readonly ConformanceObject[];
  readonly findings: readonly Finding[];
}

/** A tool that is ready to run. */
export interface Tool {
  readonly name: string;
  /** Returns whether it can judge the object. */
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
