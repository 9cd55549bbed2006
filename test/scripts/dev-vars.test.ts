import { createPrivateKey } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOnce, ensureDevVars, writeCurlConfig } from '../../scripts/dev-vars.ts';
import { SECRET_NAMES } from '../../scripts/secrets.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-dev-vars-'));
  path = join(directory, '.dev.vars');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('ensureDevVars', () => {
  it('makes a file of usable secrets that only its owner can read', () => {
    const { created, values, missing } = ensureDevVars(path);
    expect(created).toBe(true);
    expect(missing).toEqual([]);
    expect(Object.keys(values).sort()).toEqual([...SECRET_NAMES].sort());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(createPrivateKey(values.CA_KEY ?? '').asymmetricKeyDetails).toMatchObject({
      namedCurve: 'prime256v1',
    });
    expect(Buffer.from(values.SEALING_KEY ?? '', 'base64')).toHaveLength(32);
    expect(values.OPENSSL_CA_SECRET).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(values.ROOT_ACCESS_KEY_ID).not.toContain(':');
  });

  it('never changes an existing file, and names the missing secrets', () => {
    const text = 'CA_KEY="mine"\nSEALING_KEY=\nROOT_ACCESS_KEY_ID=a\nROOT_ACCESS_KEY_SECRET=b\n';
    writeFileSync(path, text);
    const { created, missing } = ensureDevVars(path);
    expect(created).toBe(false);
    expect(missing).toEqual(['SEALING_KEY', 'OPENSSL_CA_SECRET']);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('does not require the first sealing key if there is a later version', () => {
    writeFileSync(path, 'SEALING_KEY_V2=k\n');
    expect(ensureDevVars(path).missing).not.toContain('SEALING_KEY');
    writeFileSync(path, 'SEALING_KEY_V2=\n');
    expect(ensureDevVars(path).missing).toContain('SEALING_KEY');
  });
});

describe('createOnce', () => {
  it('does not change an existing file', () => {
    expect(createOnce(path, 'first')).toBe(true);
    expect(createOnce(path, 'second')).toBe(false);
    expect(readFileSync(path, 'utf8')).toBe('first');
  });
});

describe('writeCurlConfig', () => {
  const config = () => join(directory, '.dev.curl');

  it('quotes the key, and makes the file private', () => {
    writeFileSync(config(), '', { mode: 0o644 });
    const values = { ROOT_ACCESS_KEY_ID: 'id', ROOT_ACCESS_KEY_SECRET: 'a"b\\c' };
    expect(writeCurlConfig(config(), values)).toBe(true);
    expect(readFileSync(config(), 'utf8')).toBe('user = "id:a\\"b\\\\c"\n');
    expect(statSync(config()).mode & 0o777).toBe(0o600);
  });

  it('writes nothing without a key', () => {
    expect(writeCurlConfig(config(), { ROOT_ACCESS_KEY_ID: 'id' })).toBe(false);
    expect(() => statSync(config())).toThrow('ENOENT');
  });
});
