import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../../scripts/serve/log.ts';
import { makeWorkDirectory, type WorkDirectory } from '../../interop/work-directory.ts';

const MAX_BYTES = 10 * 1024 * 1024;
const FULL_LINE = 'x'.repeat(MAX_BYTES + 1);

let directory: WorkDirectory;
let path: string;
beforeEach(() => {
  directory = makeWorkDirectory();
  path = join(directory.path, 'signet.log');
});
afterEach(() => directory.remove());

const readLines = (file = path) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

describe('openLog', () => {
  it('appends JSON lines to a private file', () => {
    openLog(path).write('info', 'first', { n: 1 });
    openLog(path).write('warn', 'second');
    expect(readLines()).toMatchObject([
      { level: 'info', message: 'first', n: 1 },
      { level: 'warn', message: 'second' },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('copies lines of JSON, and wraps other text as an error', () => {
    openLog(path).copy('{"a":1}\n\nit broke\n');
    expect(readLines()).toMatchObject([{ a: 1 }, { level: 'error', message: 'it broke' }]);
  });

  it('keeps five full files, the newest as .1', () => {
    for (let i = 1; i <= 6; i++) writeFileSync(`${path}.${i}`, `old ${i}`);
    writeFileSync(path, FULL_LINE);
    const log = openLog(path);
    log.write('info', 'after');
    log.write('info', 'then');
    expect(readLines()).toMatchObject([{ message: 'after' }, { message: 'then' }]);
    expect(statSync(`${path}.1`).size).toBe(FULL_LINE.length);
    const texts = [2, 3, 4, 5].map((i) => readFileSync(`${path}.${i}`, 'utf8'));
    expect(texts).toEqual(['old 1', 'old 2', 'old 3', 'old 4']);
    // Not one of this log: only .1 to .5 are.
    expect(readFileSync(`${path}.6`, 'utf8')).toBe('old 6');
  });

  it('counts what it writes', () => {
    const log = openLog(path);
    log.copy(`{${FULL_LINE}`);
    expect(existsSync(`${path}.1`)).toBe(false);
    log.write('info', 'next');
    expect(existsSync(`${path}.1`)).toBe(true);
    expect(readLines()).toMatchObject([{ message: 'next' }]);
  });
});
