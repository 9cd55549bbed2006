import type { Tool } from '../findings.ts';
import { isAnswer, isWayAround } from '../objects.ts';
import { run } from '../run.ts';
import { parseZlintLine } from './zlint-output.ts';

/** The IETF's and the community's rules, without those for publicly trusted CAs. */
const SOURCES = 'RFC3279,RFC5280,RFC5480,RFC5891,RFC8813,Community';

export function openZlint(command: string): Tool {
  const name = 'zlint';
  return {
    name,
    judges: (object) => !isAnswer(object) && !isWayAround(object),
    async check(objects) {
      const paths = objects.map(({ path }) => path);
      const { stdout } = await run(command, ['-includeSources', SOURCES, ...paths]);
      const lines = stdout.trim().split('\n');
      if (lines.length !== objects.length) throw new Error(`zlint answered ${lines.length} times`);
      return objects.flatMap((object, at) =>
        parseZlintLine(lines[at] ?? '').map((finding) => ({ ...finding, tool: name, object })),
      );
    },
  };
}
