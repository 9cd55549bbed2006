import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requireTool, run, tryRun } from './tools.ts';
import { makeWorkDirectory } from './work-directory.ts';

/** test/fixtures/make-chains.sh makes the chains; test/x509/path/ checks them with checkIssuance. */
const DIRECTORY = join(import.meta.dirname, '..', 'fixtures', 'chains');
const JAVA_PROGRAM = join(import.meta.dirname, 'CheckPath.java');

const openssl = requireTool('openssl', ['version']);
const certtool = requireTool('certtool');
// Running a source file needs the compiler too.
const java = requireTool('javac');
const keytool = requireTool('keytool', ['-help']);

interface Verdicts {
  readonly openssl: RegExp;
  readonly certtool: RegExp;
  /** CertPathValidator, which checks no purpose. */
  readonly javaPath: RegExp;
  /** X509TrustManager, which checks the leaf as a TLS server's. */
  readonly javaServer: RegExp;
}

const OK = /^OK$/;
const ACCEPTED: Verdicts = { openssl: OK, certtool: OK, javaPath: OK, javaServer: OK };

/** Each tool's verdict of the leaf as a TLS server's. If only some accept, that is their design. */
const VERDICTS: Readonly<Record<string, Verdicts>> = {
  valid: ACCEPTED,
  'valid-deeper': ACCEPTED,
  'path-length': {
    openssl: /path length constraint exceeded/,
    certtool: /violates the signer's constraints/,
    javaPath: /path ?length|PATH_TOO_LONG/i,
    javaServer: /path ?length|PATH_TOO_LONG/i,
  },
  'path-length-of-root': {
    openssl: /path length constraint exceeded/,
    certtool: /violates the signer's constraints/,
    // It uses only the name and key of a trust anchor (RFC 5280 section 6.1.1 d).
    javaPath: OK,
    javaServer: OK,
  },
  'name-constraints': {
    openssl: /permitted subtree violation/,
    certtool: /violates the signer's constraints/,
    javaPath: /^INVALID_NAME/,
    javaServer: /^INVALID_NAME/,
  },
  'extended-key-usage-of-leaf': {
    openssl: /error 26 at 0 depth/,
    certtool: /does not match the intended purpose/,
    // Its callers check the purpose, as the trust manager does.
    javaPath: OK,
    javaServer: /Extended key usage does not permit/,
  },
  'extended-key-usage-of-parent': {
    openssl: /error 26 at 1 depth/,
    certtool: /does not match the intended purpose/,
    // RFC 5280 gives the extension no meaning in a CA certificate, and Java ignores it there.
    javaPath: OK,
    javaServer: OK,
  },
  'expired-parent': {
    openssl: /error 10 at 1 depth/,
    certtool: /expired certificate/,
    javaPath: /^EXPIRED/,
    javaServer: /^EXPIRED/,
  },
  'revoked-parent': {
    openssl: /error 23 at 1 depth/,
    certtool: /chain is revoked/,
    javaPath: /^REVOKED/,
    javaServer: /^REVOKED/,
  },
};
const CHAINS = Object.entries(VERDICTS);

/** Joins those files of a chain that exist. */
function read(chain: string, names: readonly string[]): string {
  return names
    .map((name) => join(DIRECTORY, chain, name))
    .filter(existsSync)
    .map((path) => readFileSync(path, 'utf8'))
    .join('');
}

const CRLS = ['sub.crl', 'upper.crl', 'root.crl'];

describe('the chains', () => {
  const work = makeWorkDirectory();
  afterAll(() => work.remove());

  it('are all in the table', () => {
    expect(readdirSync(DIRECTORY).sort()).toEqual(Object.keys(VERDICTS).sort());
  });

  it.skipIf(openssl.missing).each(CHAINS)(openssl.title('openssl verify: %s'), (chain, says) => {
    const { stdout, stderr } = tryRun('openssl', [
      ...['verify', '-x509_strict', '-crl_check_all', '-purpose', 'sslserver'],
      ...['-no-CApath', '-no-CAstore', '-CAfile', join(DIRECTORY, chain, 'root.pem')],
      ...['-untrusted', work.write('untrusted.pem', read(chain, ['sub.pem', 'upper.pem']))],
      ...['-CRLfile', work.write('crls.pem', read(chain, CRLS))],
      work.write('leaf.pem', read(chain, ['leaf.pem'])),
    ]);
    expect(/: OK$/m.test(stdout) ? 'OK' : stderr).toMatch(says.openssl);
  });

  it.skipIf(certtool.missing).each(CHAINS)(
    certtool.title('certtool --verify: %s'),
    (chain, says) => {
      const { code, stdout, stderr } = tryRun('certtool', [
        ...['--verify', '--verify-purpose', '1.3.6.1.5.5.7.3.1'],
        ...['--load-ca-certificate', join(DIRECTORY, chain, 'root.pem')],
        ...['--load-crl', work.write('crls.pem', read(chain, CRLS))],
        ...['--infile', work.write('chain.pem', read(chain, ['leaf.pem', 'sub.pem', 'upper.pem']))],
      ]);
      expect(code === 0 ? 'OK' : stdout + stderr).toMatch(says.certtool);
    },
  );

  it.skipIf(java.missing)(java.title('Java: CertPathValidator and X509TrustManager'), () => {
    const folders = CHAINS.map(([chain]) => join(DIRECTORY, chain));
    const { stdout } = run('java', ['-Duser.language=en', JAVA_PROGRAM, ...folders]);
    const said = new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t'))
        .map(([chain = '', path = '', server = '']) => [chain, { path, server }]),
    );
    expect(said.size).toBe(CHAINS.length);
    for (const [chain, { javaPath, javaServer }] of CHAINS) {
      expect(said.get(chain), chain).toEqual({
        path: expect.stringMatching(javaPath),
        server: expect.stringMatching(javaServer),
      });
    }
  });

  it.skipIf(keytool.missing)(keytool.title('keytool parses every certificate and CRL'), () => {
    const names = ['leaf.pem', 'sub.pem', 'upper.pem', 'root.pem'];
    const certificates = CHAINS.map(([chain]) => read(chain, names)).join('');
    const count = certificates.match(/BEGIN CERTIFICATE/g)?.length;
    const print = (...args: string[]) => run('keytool', ['-J-Duser.language=en', ...args]).stdout;
    const printed = print('-printcert', '-file', work.write('all.pem', certificates));
    expect(printed.match(/^Owner:/gm)).toHaveLength(count ?? -1);
    expect(printed).toContain('ExtendedKeyUsages');
    const list = print('-printcrl', '-file', join(DIRECTORY, 'revoked-parent', 'root.crl'));
    expect(list).toContain('Revoked Certificates: 1');
  });
});
