import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeEnvelopedData } from '../../src/x509/certificate/cms.ts';
import { parsePublicKey } from '../../src/x509/keys/public-key.ts';
import { requireTool, tryRun } from './tools.ts';

const openssl = requireTool('openssl', ['version']);
const SECRET = '-----BEGIN PRIVATE KEY-----\nnot a real one\n-----END PRIVATE KEY-----\n';

const KEYS: readonly (readonly [string, readonly string[]])[] = [
  ['RSA-2048', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
  ['RSA-3072', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072']],
  ['P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
];

describe.skipIf(openssl.missing)(
  openssl.title('openssl cms decrypts private keys of the inventory'),
  () => {
    let directory = '';
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'signet-cms-'));
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    function run(...args: string[]): Uint8Array {
      const { code, stdoutBytes, stderr } = tryRun('openssl', args, { cwd: directory });
      if (code !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
      return stdoutBytes;
    }

    function makeKey(name: string, args: readonly string[]): Uint8Array {
      run('genpkey', ...args, '-out', name);
      return new Uint8Array(run('pkey', '-in', name, '-pubout', '-outform', 'DER'));
    }

    /** Encodes a key as the inventory does, whose own code needs the Worker's base64. */
    async function writeCms(spkiDer: Uint8Array): Promise<void> {
      const der = await encodeEnvelopedData(
        parsePublicKey(spkiDer),
        new TextEncoder().encode(SECRET),
      );
      const base64 = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n');
      writeFileSync(
        join(directory, 'key.cms'),
        `-----BEGIN CMS-----\n${base64}\n-----END CMS-----\n`,
      );
    }

    it.each(KEYS)('with the private key alone: %s', async (_, args) => {
      await writeCms(makeKey('key.pem', args));
      const opened = run(
        'cms',
        '-decrypt',
        '-inform',
        'PEM',
        '-in',
        'key.cms',
        '-inkey',
        'key.pem',
      );
      expect(Buffer.from(opened).toString()).toBe(SECRET);
    });

    it.each(KEYS)('with a certificate that has the key identifier: %s', async (_, args) => {
      await writeCms(makeKey('key.pem', args));
      run('req', '-x509', '-key', 'key.pem', '-subj', '/CN=me', '-out', 'me.pem');
      const opened = run(
        'cms',
        '-decrypt',
        '-inform',
        'PEM',
        '-in',
        'key.cms',
        '-inkey',
        'key.pem',
        '-recip',
        'me.pem',
      );
      expect(Buffer.from(opened).toString()).toBe(SECRET);
    });

    it.each(KEYS)('but not with another key: %s', async (_, args) => {
      await writeCms(makeKey('key.pem', args));
      makeKey('other.pem', args);
      const { stdout } = tryRun(
        'openssl',
        ['cms', '-decrypt', '-inform', 'PEM', '-in', 'key.cms', '-inkey', 'other.pem'],
        { cwd: directory },
      );
      expect(stdout).not.toContain('not a real one');
    });
  },
);
