import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readOpensslCaDirectory } from '../../scripts/openssl-ca-directory.ts';
import { makeOpensslCa, type OpensslCa } from '../interop/openssl-ca.ts';
import { requireTool, run } from '../interop/tools.ts';
import { makeWorkDirectory } from '../interop/work-directory.ts';

const openssl = requireTool('openssl', ['version']);
const work = makeWorkDirectory();
afterAll(() => work.remove());

describe.skipIf(openssl.missing)(openssl.title('readOpensslCaDirectory'), () => {
  let made: OpensslCa;
  let copies = 0;
  let directory: string;
  const file = (name: string) => join(directory, name);
  beforeAll(() => {
    made = makeOpensslCa(join(work.path, 'made'), { subject: '/O=Old/CN=Root' });
    made.issue('valid');
    made.issue('revoked');
    made.ca('-revoke', made.file('revoked.pem'));
    made.ca('-gencrl', '-out', made.file('crl.pem'));
  });
  beforeEach(() => {
    directory = join(work.path, `copy-${copies++}`);
    run('cp', ['-r', made.path, directory]);
  });

  it('reads a directory that openssl made', () => {
    const read = readOpensslCaDirectory(directory, {});
    expect(read.ca.subject).toBe('O=Old, CN=Root');
    expect(read.ca.keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    expect(read.ca.certificatesPem).toBe(readFileSync(file('cacert.pem'), 'utf8').trim());
    expect(read.entries.map(({ serial }) => serial)).toEqual(['0A02', '0A01']);
    expect(read.entries.map(({ revocation }) => revocation?.reason)).toEqual([
      'unspecified',
      undefined,
    ]);
    expect(read.uniqueSubject).toBe(true);
    expect(read.crlPem).toBe(readFileSync(file('crl.pem'), 'utf8').trim());
    expect(read.lastCrlNumber).toBe(0x1000);
  });

  it('reads the certificates in newcerts, without the text before them', () => {
    const { entries, readCertificate } = readOpensslCaDirectory(directory, {});
    expect(readFileSync(file('newcerts/0A02.pem'), 'utf8')).toMatch(/^Certificate:/);
    expect(entries.map((entry) => readCertificate(entry).certificate?.slice(0, 27))).toEqual([
      '-----BEGIN CERTIFICATE-----',
      '-----BEGIN CERTIFICATE-----',
    ]);
    rmSync(file('newcerts/0A02.pem'));
    expect(entries.map((entry) => 'certificate' in readCertificate(entry))).toEqual([false, true]);
  });

  it.each([
    ['unique_subject = no\n', false],
    ['unique_subject=N', false],
    ['unique_subject = 0', false],
    ['unique_subject = false', false],
    ['unique_subject = yes\n', true],
    ['', true],
    [null, true],
  ])('reads %j in index.txt.attr', (text, expected) => {
    if (text === null) rmSync(file('index.txt.attr'));
    else writeFileSync(file('index.txt.attr'), text);
    expect(readOpensslCaDirectory(directory, {}).uniqueSubject).toBe(expected);
  });

  it('accepts a directory without a CRL and without crlnumber', () => {
    rmSync(file('crlnumber'));
    expect(readOpensslCaDirectory(directory, { noCrl: true })).toMatchObject({
      crlPem: null,
      lastCrlNumber: null,
    });
    rmSync(file('crl.pem'));
    expect(readOpensslCaDirectory(directory, {}).crlPem).toBeNull();
  });

  it('finds the CRL in crl/ if it is the only one', () => {
    mkdirSync(file('crl'));
    run('mv', [file('crl.pem'), file('crl/ca.crl.pem')]);
    expect(readOpensslCaDirectory(directory, {}).crlPem).toMatch(/^-----BEGIN X509 CRL-----/);
    run('cp', [file('crl/ca.crl.pem'), file('crl/older.pem')]);
    expect(() => readOpensslCaDirectory(directory, {})).toThrow(/several CRLs.*--crl FILE/);
    expect(
      readOpensslCaDirectory(directory, { crl: file('crl/ca.crl.pem') }).crlPem,
    ).not.toBeNull();
  });

  it('takes key and certificate from other paths', () => {
    run('mv', [file('private/cakey.pem'), file('the.key')]);
    run('mv', [file('cacert.pem'), file('the.crt')]);
    const options = { key: file('the.key'), cert: file('the.crt') };
    expect(readOpensslCaDirectory(directory, options).ca.subject).toBe('O=Old, CN=Root');
    expect(() => readOpensslCaDirectory(directory, {})).toThrow(/no .*cakey\.pem.*--key FILE/);
  });

  it.each([
    ['pkcs1', ['rsa', '-traditional']],
    ['encrypted pkcs1', ['rsa', '-traditional', '-aes128', '-passout', 'pass:test']],
    ['encrypted pkcs8', ['pkey', '-aes128', '-passout', 'pass:test']],
  ])('reads a key in %s, or says how to decrypt it', (name, [command = '', ...args]) => {
    run('openssl', [command, '-in', file('private/cakey.pem'), ...args, '-out', file('key.pem')]);
    const read = () => readOpensslCaDirectory(directory, { key: file('key.pem') });
    if (name === 'pkcs1') expect(read().ca.keyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/);
    else expect(read).toThrow(/is encrypted[\s\S]*openssl pkey -in .*key\.pem -out/);
  });

  it('refuses a key that does not match, a certificate that is not a CA, and an expired one', () => {
    run('openssl', ['genpkey', '-algorithm', 'ED25519', '-out', file('other.key')]);
    expect(() => readOpensslCaDirectory(directory, { key: file('other.key') })).toThrow(
      /does not match any certificate/,
    );
    const leaf = { key: file('valid.key'), cert: file('valid.pem') };
    expect(() => readOpensslCaDirectory(directory, leaf)).toThrow(/lack CA:TRUE/);
    const old = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'];
    const paths = ['-in', 'valid.csr', '-out', 'old.pem', '-extensions', 'v3_ca'];
    run('openssl', ['ca', '-batch', '-config', 'openssl.cnf', '-subj', '/CN=x', ...paths, ...old], {
      cwd: directory,
    });
    const expired = { key: file('valid.key'), cert: file('old.pem') };
    expect(() => readOpensslCaDirectory(directory, expired)).toThrow(/expired on/);
  });

  it('orders the chain of an intermediate, and requires all of it', () => {
    const low = makeOpensslCa(join(work.path, 'low'), { subject: '/O=Old/CN=Low', issuer: made });
    expect(() => readOpensslCaDirectory(low.path, {})).toThrow(/O=Old, CN=Root.*--chain FILE/);
    const { ca } = readOpensslCaDirectory(low.path, { chain: made.file('cacert.pem') });
    expect(ca.subject).toBe('O=Old, CN=Low');
    expect(ca.certificatesPem.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    expect(ca.certificatesPem.endsWith(made.read('cacert.pem').trim())).toBe(true);
  });

  it.each([
    ['index.txt', /There is no .*index\.txt.*openssl ca/],
    ['cacert.pem', /There is no .*cacert\.pem.*--cert FILE/],
  ])('says that %s is missing', (name, message) => {
    rmSync(file(name));
    expect(() => readOpensslCaDirectory(directory, {})).toThrow(message);
  });

  it.each([
    ['crlnumber', 'xyz', /crlnumber holds "xyz"/],
    ['crlnumber', 'FFFFFFFFFFFFFFFFFFFF', /under 2\^53/],
    ['crl.pem', 'no list', /exactly one CRL in PEM/],
    ['private/cakey.pem', 'no key', /not a private key in PEM/],
    ['cacert.pem', 'no certificate', /no certificate in PEM/],
    ['index.txt', 'V\n', /line 1/],
  ])('refuses a %s of %j', (name, text, message) => {
    writeFileSync(file(name), text);
    expect(() => readOpensslCaDirectory(directory, {})).toThrow(message);
  });
});
