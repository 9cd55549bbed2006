/** One fenced `sh` block of a page, and what its marker says about it. */
export interface Commands {
  /** The line of its first command, from 1. */
  readonly line: number;
  readonly text: string;
  /** Why the test does not run it; null if it does. */
  readonly notRun: string | null;
  /** What the output of its last command contains, which must fail; null if all must succeed. */
  readonly fails: string | null;
}

const FENCE = /^ *```(\w*)$/;
const MARKER = /^ *<!-- (not run|fails): (.+) -->$/;

/**
 * Lists the `sh` blocks of a page. A comment in the line before a block marks it:
 * `<!-- not run: needs nginx -->` or `<!-- fails: certificate revoked -->`.
 * @throws Error for a marker before anything else, which would silently have no effect
 */
export function listCommands(markdown: string): Commands[] {
  const lines = markdown.split('\n');
  const found: Commands[] = [];
  for (let at = 0; at < lines.length; at++) {
    const marker = MARKER.exec(lines[at] ?? '');
    const fence = FENCE.exec(lines[marker === null ? at : at + 1] ?? '');
    if (marker !== null && fence?.[1] !== 'sh') {
      throw new Error(`Line ${at + 1}: there is no sh block after the marker ${lines[at]}.`);
    }
    if (fence === null) continue;
    const start = marker === null ? at + 1 : at + 2;
    const length = lines.slice(start).findIndex((line) => FENCE.test(line));
    if (length < 0) throw new Error(`Line ${start}: the block does not end.`);
    if (fence[1] === 'sh') {
      const [, kind, text = ''] = marker ?? [];
      found.push({
        line: start + 1,
        text: lines.slice(start, start + length).join('\n'),
        notRun: kind === 'not run' ? text : null,
        fails: kind === 'fails' ? text : null,
      });
    }
    at = start + length;
  }
  return found;
}

/** Makes one bash script of a page's commands. It stops at the first that does not do what the page says. */
export function makeScript(blocks: readonly Commands[]): string {
  const parts = blocks
    .filter(({ notRun }) => notRun === null)
    .map(({ line, text, fails }) => {
      const place = `echo '@ line ${line}' >&2`;
      if (fails === null) return `${place}\n${text}`;
      return `${place}
set +e
{
${text}
} > certs/fails.txt 2>&1
status=$?
set -e
cat certs/fails.txt
if [ $status -eq 0 ]; then echo 'It does not fail.' >&2; exit 1; fi
grep -qF ${quote(fails)} certs/fails.txt`;
    });
  return `set -eu -o pipefail\n${parts.join('\n')}\n`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
