import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkTlsFiles, findReasonToRenew, type TlsFiles } from '../../../scripts/serve/tls.ts';
import { UserError } from '../../../scripts/user-error.ts';
import { requireTool } from '../../interop/tools.ts';
import { makeWorkDirectory } from '../../interop/work-directory.ts';

const work = makeWorkDirectory();
afterAll(() => work.remove());

const DAY_MS = 86_400_000;
const openssl = requireTool('openssl', ['version']);
let pairs = 0;

/** Makes a self-signed certificate for localhost and ::1, valid for 90 days from now. */
function makePair(): TlsFiles {
  pairs++;
  const files = {
    certificate: join(work.path, `${pairs}.crt`),
    key: join(work.path, `${pairs}.key`),
  };
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:::1'],
      ...['-days', '90', '-keyout', files.key, '-out', files.certificate],
    ],
    { stdio: 'ignore' },
  );
  return files;
}

describe.skipIf(openssl.missing)(openssl.title('findReasonToRenew'), () => {
  const names = ['localhost', '::1'];

  it('finds none for a certificate that is good', () => {
    expect(findReasonToRenew(makePair(), names, Date.now())).toBeNull();
    expect(findReasonToRenew(makePair(), names, Date.now() + 59 * DAY_MS)).toBeNull();
  });

  it('renews after two thirds of the validity', () => {
    expect(findReasonToRenew(makePair(), names, Date.now() + 61 * DAY_MS)).toBe('it expires soon');
  });

  it('renews what a clock that was ahead has issued', () => {
    const reason = findReasonToRenew(makePair(), names, Date.now() - DAY_MS);
    expect(reason).toBe('it is not valid yet');
  });

  it.each(['ca.example', '127.0.0.1'])('renews if %s is missing', (name) => {
    expect(findReasonToRenew(makePair(), [...names, name], Date.now())).toBe(
      `it does not name ${name}`,
    );
  });

  it('renews what is missing, damaged or of another key', () => {
    const files = makePair();
    const missing = join(work.path, 'missing');
    expect(findReasonToRenew({ ...files, key: missing }, names, 0)).toBe('there is none');
    const other = { ...files, key: makePair().key };
    expect(findReasonToRenew(other, names, Date.now())).toBe('it cannot be used');
    writeFileSync(files.certificate, 'damaged');
    expect(findReasonToRenew(files, names, Date.now())).toBe('it cannot be used');
  });
});

describe.skipIf(openssl.missing)(openssl.title('checkTlsFiles'), () => {
  it('accepts a pair', () => {
    expect(() => checkTlsFiles(makePair())).not.toThrow();
  });

  it.each([
    ['files that do not belong together', 'does not belong to the certificate'],
    ['a missing file', 'cannot be used: ENOENT'],
    ['text', 'Both must be PEM'],
    ['a chain whose second certificate is damaged', 'cannot be used'],
    ['an encrypted key', 'the key must not be encrypted'],
  ])('refuses %s and says why', (what, message) => {
    const files = { ...makePair() };
    if (what === 'files that do not belong together') files.key = makePair().key;
    if (what === 'a missing file') files.certificate = join(work.path, 'missing');
    if (what === 'text') files.certificate = work.write('text', 'text');
    if (what === 'a chain whose second certificate is damaged') {
      const [leaf, other] = [files, makePair()].map((each) =>
        readFileSync(each.certificate, 'utf8'),
      );
      files.certificate = work.write('chain', `${leaf}${other?.replace(/\nMII/, '\nAAAA')}`);
    }
    if (what === 'an encrypted key') {
      const path = join(work.path, 'encrypted.key');
      execFileSync(
        'openssl',
        ['ec', '-in', files.key, '-aes256', '-passout', 'pass:abcd', '-out', path],
        {
          stdio: 'ignore',
        },
      );
      files.key = path;
    }
    expect(() => checkTlsFiles(files)).toThrow(UserError);
    expect(() => checkTlsFiles(files)).toThrow(message);
  });
});
