import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { listCommands, makeScript } from './docs-commands.ts';
import { tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const work = makeWorkDirectory();
afterAll(() => work.remove());

const page = (...blocks: string[]) => `# Page\n${blocks.join('\n')}\n`;
const block = (text: string) => `\`\`\`sh\n${text}\n\`\`\``;

function runPage(markdown: string): number | null {
  const script = join(work.path, 'page.sh');
  writeFileSync(script, `mkdir -p certs\n${makeScript(listCommands(markdown))}`);
  return tryRun('bash', [script], { cwd: work.path }).code;
}

describe('listCommands', () => {
  it('lists sh blocks with their markers, and no others', () => {
    const text = page(
      block('a=1'),
      '```js\nx\n```',
      '<!-- not run: needs nginx -->',
      block('nginx'),
    );
    expect(listCommands(text)).toEqual([
      { line: 3, text: 'a=1', notRun: null, fails: null },
      { line: 10, text: 'nginx', notRun: 'needs nginx', fails: null },
    ]);
  });

  it.each([
    ['a marker without a block', page('<!-- not run: needs nginx -->', '', block('nginx'))],
    ['a marker before another block', page('<!-- fails: no -->', '```js\nx\n```')],
    ['a block without an end', page('```sh', 'true')],
  ])('refuses %s', (_, text) => {
    expect(() => listCommands(text)).toThrow(/^Line \d+: /);
  });
});

describe('makeScript', () => {
  it.each([
    ['blocks share variables', page(block('a=1'), block('[ $a = 1 ]')), 0],
    ['a command that fails', page(block('false\ntrue')), 1],
    ['a command that fails in a pipe', page(block('false | cat')), 1],
    ['a variable that is not set', page(block('echo $nothing')), 1],
    ['a block that is not run', page('<!-- not run: x -->', block('false')), 0],
    ['a failure as announced', page('<!-- fails: no -->', block('true\necho no; false')), 0],
    ['a success in place of a failure', page('<!-- fails: no -->', block('echo no')), 1],
    ['another failure than announced', page('<!-- fails: no -->', block('echo yes; false')), 1],
  ])('judges %s', (_, text, code) => {
    expect(Number(runPage(text) !== 0)).toBe(code);
  });
});
