import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { download, issue, postCsr, revoke } from './api-client.ts';
import { CSR_NAMES, csrPem, keyPem } from './fixtures.ts';
import { readNames } from './names.ts';
import { printText, toDer } from './openssl.ts';
import { type RunningServer, startServer } from './server.ts';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

const openssl = requireTool('openssl', ['version']);

/** The CA's key algorithm, its PEM in each form, and openssl's name for its signatures. */
const AUTHORITIES: readonly [string, () => string, string][] = [
  ['P-256', () => makeEcKey('P-256', 'sec1'), 'ecdsa-with-SHA256'],
  ['P-384', () => makeEcKey('P-384', 'pkcs8'), 'ecdsa-with-SHA384'],
  ['P-521', () => makeEcKey('P-521', 'sec1'), 'ecdsa-with-SHA512'],
  ['RSA-2048', makeRsaKey, 'sha256WithRSAEncryption'],
  ['RSA-4096', () => keyPem('rsa-4096'), 'sha256WithRSAEncryption'],
  ['RSA-8192', () => keyPem('rsa-8192'), 'sha256WithRSAEncryption'],
  ['Ed25519', makeEd25519Key, 'ED25519'],
];

function makeEcKey(namedCurve: string, type: 'sec1' | 'pkcs8'): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return privateKey.export({ type, format: 'pem' }).toString();
}

function makeRsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
}

function makeEd25519Key(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** CSRs that are signed with the key that is the CA's own key here. */
const OWN_KEY: Readonly<Record<string, RegExp>> = {
  'RSA-4096': /^rsa-4096$/,
  'RSA-8192': /^rsa-8192$/,
};

const GOOD = CSR_NAMES.filter((name) => !/^(rejected-|no-names$)/.test(name));

describe.skipIf(openssl.missing).each(AUTHORITIES)(
  openssl.title('openssl and a CA key of %s'),
  (algorithm, makeKey, signatureName) => {
    const work = makeWorkDirectory();
    const own = GOOD.filter((name) => OWN_KEY[algorithm]?.test(name));
    const names = GOOD.filter((name) => !own.includes(name));
    const certificates = new Map<string, string>();
    let server: RunningServer;
    let trust: string[];
    let revoked: string;

    beforeAll(async () => {
      server = await startServer({ secrets: { CA_KEY: makeKey() } });
      await Promise.all(
        names.map(async (name) => certificates.set(name, await issue(server, csrPem(name)))),
      );
      revoked = await issue(server, csrPem('ed25519'));
      await revoke(server, serialOf(revoked));
      trust = [
        ...['-CAfile', work.write('ca.pem', await download(server, '/ca/default.pem'))],
        ...['-CRLfile', work.write('crl.pem', await download(server, '/api/ca/crl'))],
      ];
    });
    afterAll(async () => {
      await server.stop();
      work.remove();
    });

    it.each(['sslserver', 'sslclient'])(
      'verifies a certificate for every kind of CSR as %s',
      (purpose) => {
        const files = names.map((name) => work.write(`${name}.pem`, certificates.get(name) ?? ''));
        expect(files.length).toBeGreaterThan(10);
        const checks = ['-x509_strict', '-crl_check', '-purpose', purpose];
        const { stdout } = run('openssl', ['verify', ...checks, ...trust, ...files]);
        expect(stdout.match(/: OK$/gm)).toHaveLength(files.length);
      },
    );

    it('finds the revoked certificate in the CRL', () => {
      const file = work.write('revoked.pem', revoked);
      const { code, stderr } = tryRun('openssl', ['verify', '-crl_check', ...trust, file]);
      expect(code).toBe(2);
      expect(stderr).toContain('certificate revoked');
    });

    it('signs certificates and CRLs with the algorithm of the key', async () => {
      for (const text of [
        printText('x509', certificates.get('rsa-3072') ?? ''),
        printText('crl', await download(server, '/api/ca/crl')),
      ]) {
        expect(text).toContain(`Signature Algorithm: ${signatureName}\n`);
      }
    });

    it('copies subject and issuer byte for byte', async () => {
      const [root] = readNames(toDer('x509', await download(server, '/ca/default.pem')));
      const [issuer, subject] = readNames(toDer('x509', certificates.get('p-521') ?? ''));
      const [requested] = readNames(toDer('req', csrPem('p-521')));
      expect(requested?.length).toBeGreaterThan(20);
      expect(subject).toEqual(requested);
      expect(issuer).toEqual(root);
    });

    for (const name of own) {
      it(`does not certify its own key: ${name}`, async () => {
        const response = await postCsr(server, csrPem(name));
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: 'weak-key' });
      });
    }
  },
);

function serialOf(pem: string): string {
  return run('openssl', ['x509', '-noout', '-serial'], { input: pem }).stdout.trim().slice(7);
}
