import { readOcspPath } from '../../../src/http/publish/ocsp-path.ts';
import { OcspRequestError, parseOcspRequest } from '../../../src/x509/status/ocsp-request.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { readUtf8, splitChoice } from '../text.ts';

const PREFIX = 'http://ca.test/ocsp/root/';

/** The ways in which clients spell base64 in a path. */
const SPELLINGS: readonly ((base64: string) => string)[] = [
  (base64) => base64,
  encodeURIComponent,
  (base64) => encodeURIComponent(encodeURIComponent(base64)),
  (base64) => base64.replace(/=+$/, ''),
  (base64) => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, ''),
  (base64) => base64.replaceAll('+', '-').replaceAll('/', '_'),
  (base64) => base64.replaceAll('+', '%20'),
  (base64) => `/${base64}`,
];

/** The first byte selects whether the rest is a path or bytes to spell as a path. */
export function fuzz(data: Buffer): void {
  const { choice, rest } = splitChoice(data);
  const spell = SPELLINGS[choice];
  if (spell === undefined) {
    readAny(readUtf8(rest));
    return;
  }
  const base64 = Buffer.from(rest).toString('base64');
  // No DER starts with this, and it would be taken for an extra slash.
  if (base64.startsWith('/')) return;
  const url = new URL(`${PREFIX}${spell(base64)}`);
  assertSame('what was spelled', readOcspPath(url.pathname), rest);
}

function readAny(text: string): void {
  let url: URL;
  try {
    url = new URL(`${PREFIX}${text}`);
  } catch {
    return;
  }
  if (!url.pathname.startsWith('/ocsp/root/')) return;
  const der = attempt(() => readOcspPath(url.pathname));
  if (der === null) return;
  assertTrue('longer than its text', der.length <= (3 / 4) * url.pathname.length);
  const plain = Buffer.from(der).toString('base64');
  if (!plain.startsWith('/')) {
    assertSame('read again', readOcspPath(`/ocsp/root/${encodeURIComponent(plain)}`), der);
  }
  attempt(() => parseOcspRequest(der), OcspRequestError);
}
