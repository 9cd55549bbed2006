import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeError, UserError } from '../../scripts/user-error.ts';

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('it did not throw');
}

describe('describeError', () => {
  it.each<[string, unknown, RegExp]>([
    ['what the user can correct', new UserError('Name a file.'), /^Name a file\.$/],
    [
      'a directory that cannot be made',
      catchError(() => mkdirSync('/dev/null/state')),
      /^Cannot use \/dev\/null\/state: a part of the path is not a directory\.$/,
    ],
    [
      'a read-only file system',
      Object.assign(new Error('x'), { code: 'EROFS', path: '/state' }),
      /^Cannot use \/state: the file system is read-only\.$/,
    ],
    [
      'a full disk of which the system names no path',
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      /^Cannot write: the disk is full\.$/,
    ],
    [
      'an unknown option',
      catchError(() => parseArgs({ args: ['--no-such'], options: {} })),
      /^Unknown option '--no-such'.*$/,
    ],
  ])('names %s in one line', (_, error, line) => {
    expect(describeError(error)).toMatch(line);
  });

  it('shows the stack of a defect', () => {
    expect(describeError(new TypeError('no'))).toMatch(/^TypeError: no\n +at /);
  });
});
