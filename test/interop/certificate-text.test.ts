import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parsePem } from '../../src/asn1/pem.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { parseCsr } from '../../src/x509/certificate/csr.ts';
import { describeCertificate } from '../../src/x509/description/describe-certificate.ts';
import { describeCsr } from '../../src/x509/description/describe-csr.ts';
import { formatCertificateText, formatCsrText } from '../../src/x509/description/format-text.ts';
import { requireTool, run } from './tools.ts';

const openssl = requireTool('openssl', ['version']);
const FIXTURES = join(import.meta.dirname, '..', 'fixtures');

/** Keys that Signet does not support are shown as bytes, so only the extensions are compared. */
const FOREIGN_KEYS: readonly string[] = ['dsa.pem', 'explicit.pem', 'secp256k1.pem'];
/** A CSR of this name has a key or a signature that Signet refuses to read. */
const REFUSED_CSR = /^rejected-(?!rsa)/;

const FILES = readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.pem'))
  .filter((path) => /BEGIN CERTIFICATE/.test(readFileSync(join(FIXTURES, path), 'utf8')))
  .filter((path) => !REFUSED_CSR.test(path.slice('csr/'.length)))
  .sort();

interface Texts {
  readonly ours: string[];
  readonly theirs: string[];
}

async function printBoth(path: string): Promise<Texts[]> {
  const texts: Texts[] = [];
  for (const { label, der } of parsePem(readFileSync(join(FIXTURES, path), 'utf8'))) {
    const isCsr = label !== 'CERTIFICATE';
    const command = isCsr ? 'req' : 'x509';
    const ours = isCsr
      ? formatCsrText(await describeCsr(parseCsr(der)))
      : formatCertificateText(await describeCertificate(parseCertificate(der)));
    const args = [command, '-noout', '-text', '-inform', 'DER'];
    const theirs = run('openssl', args, { input: der }).stdout;
    texts.push({ ours: ours.split('\n'), theirs: theirs.split('\n') });
  }
  return texts;
}

/** What openssl writes, and what Signet writes. */
const DIFFERENCES: readonly (readonly [RegExp, string])[] = [
  [/ +$/, ''],
  [/\bmd5WithRSAEncryption$/, 'MD5 with RSA'],
  [/\bsha1WithRSAEncryption$/, 'SHA-1 with RSA'],
  [/\bsha224WithRSAEncryption$/, 'SHA-224 with RSA'],
  [/\becdsa-with-SHA1$/, 'ECDSA with SHA-1'],
];

function normalize(lines: readonly string[]): string[] {
  const normal = lines.map((line) =>
    DIFFERENCES.reduce(
      (text, [pattern, replacement]) => text.replace(pattern, replacement),
      // Newer versions of openssl write no spaces either.
      /^ *(?:Issuer|Subject|DirName|CN)\b/.test(line) ? line.replaceAll(' = ', '=') : line,
    ),
  );
  return normal.filter((line, n) => {
    const previous = normal[n - 1] ?? '';
    // openssl shows the value of an unknown extension as text, Signet in hexadecimal.
    if (/^ +\d+(?:\.\d+)+: ?(?:critical)?$/.test(previous)) return false;
    // openssl announces extensions although there are none.
    if (/^ +Requested Extensions:$/.test(line)) return isDeeper(normal[n + 1] ?? '', line);
    return !/^ +(?:No )?PSS parameter|^ {18}(?:(?:Hash|Mask) Alg|Minimum Salt|Trailer)/.test(line);
  });
}

/** The lines that only one of the texts has. */
async function listDifferences(path: string): Promise<Texts> {
  const texts = await printBoth(path);
  const ours = texts.flatMap((each) => normalize(each.ours));
  const theirs = texts.flatMap((each) => normalize(each.theirs));
  const only = (lines: readonly string[], others: readonly string[]) =>
    lines.filter((line) => !others.includes(line)).map((line) => line.trim());
  return { ours: only(ours, theirs), theirs: only(theirs, ours) };
}

function isDeeper(line: string, than: string): boolean {
  return line.search(/\S/) > than.search(/\S/);
}

function extensionsOf(lines: readonly string[]): string[] {
  const start = lines.findIndex((line) => line.endsWith('X509v3 extensions:'));
  return lines.slice(
    start,
    lines.findLastIndex((line) => line.includes('Signature Algorithm:')),
  );
}

describe.skipIf(openssl.missing)(openssl.title('the text form of certificates and CSRs'), () => {
  it('is compared for many files', () => {
    expect(FILES.length).toBeGreaterThan(75);
  });

  it.each(FILES.filter((path) => !path.startsWith('description/')))(
    'has the lines of openssl: %s',
    async (path) => {
      for (const { ours, theirs } of await printBoth(path)) {
        const isForeign = FOREIGN_KEYS.some((name) => path.endsWith(name));
        const select = isForeign ? extensionsOf : (lines: string[]) => lines;
        expect(normalize(select(ours))).toEqual(normalize(select(theirs)));
      }
    },
  );

  it('differs in few lines for a certificate with every extension', async () => {
    const { ours } = await listDifferences('description/every-extension.pem');
    expect(ours).toEqual([
      // RFC 4514 escapes, and UTF-8.
      'Issuer: C=CN, O=Example\\, Inc., OU=One + CN=测试',
      'Subject: C=CN, O=Example\\, Inc., OU=One + CN=测试',
      // Directory names have one form everywhere, and other names their OID.
      'DNS:a.example, IP Address:192.0.2.1, IP Address:2001:DB8:0:0:0:0:0:1, email:a@b.example, URI:https://x.example/a, Registered ID:1.2.3.4, DirName:C=CN, CN=x, othername:1.3.6.1.4.1.311.20.2.3:user@example, othername:1.2.3.5:#020105',
      // openssl puts them on one line.
      'URI:http://b.example/1.crl',
      'Reasons:',
      'DirName:C=CN, O=Example\\, Inc., OU=One + CN=测试',
      'netscapeComment:',
      '16:05:68:65:6c:6c:6f',
      'Version   : v1',
      `Log ID    : ${'11:'.repeat(31)}11`,
      'Timestamp : Jun 10 02:35:18 2024 GMT',
      'Signature : ECDSA with SHA-256',
    ]);
  });

  it('shows names that deceive in openssl', async () => {
    expect(await listDifferences('description/deceptive.pem')).toEqual({
      ours: [
        'Issuer: CN=a\\e2\\80\\aeb\\e2\\80\\8bc',
        'Subject: CN=a\\e2\\80\\aeb\\e2\\80\\8bc',
        'DNS:a\\, DNS:b.c, URI:http://a\\u{000A}b/c, DNS:a b',
        'Explicit Text: x\\u{202E}y',
      ],
      theirs: [
        'Issuer: CN=a\\E2\\80\\AEb\\E2\\80\\8Bc',
        'Subject: CN=a\\E2\\80\\AEb\\E2\\80\\8Bc',
        'DNS:a, DNS:b.c, URI:http://a',
        'b/c, DNS:a b',
        'Explicit Text: x\u202ey',
      ],
    });
  });
});
