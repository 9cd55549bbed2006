import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from '../../../scripts/serve/lock.ts';
import { UserError } from '../../../scripts/user-error.ts';
import { makeWorkDirectory, type WorkDirectory } from '../../interop/work-directory.ts';

let directory: WorkDirectory;
let path: string;
beforeEach(() => {
  directory = makeWorkDirectory();
  path = join(directory.path, 'lock');
});
afterEach(() => directory.remove());

/** Takes the lock in another process, as scripts/serve/ does. */
async function lockElsewhere() {
  const script = `const { DatabaseSync } = require('node:sqlite');
const file = new DatabaseSync(${JSON.stringify(path)});
file.exec('BEGIN EXCLUSIVE');
console.log('locked');
setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return child;
}

describe('takeLock', () => {
  it('refuses a second one until the first releases it', () => {
    const first = takeLock(path);
    expect(() => takeLock(path)).toThrow(/^Another Signet uses this state directory/);
    first.release();
    takeLock(path).release();
  });

  it('is free again after its process was killed', async () => {
    const child = await lockElsewhere();
    expect(() => takeLock(path)).toThrow(UserError);
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    takeLock(path).release();
  });

  it('makes a file that only its owner can open', () => {
    takeLock(path).release();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each(['a directory', 'another file'])('says what to do about %s at its path', (what) => {
    const at = what === 'a directory' ? directory.path : directory.write('lock', 'x'.repeat(4096));
    expect(() => takeLock(at)).toThrow(UserError);
    expect(() => takeLock(at)).toThrow(at);
  });
});
