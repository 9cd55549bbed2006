import { commonName, dnsName, makeCsrDer, makeCsrPem, toPem } from '../make-csr.ts';
import { keyPem } from './fixtures.ts';

const NUL = 0;
const BACKSPACE = 8;
const RIGHT_TO_LEFT_OVERRIDE = '\u202e';
const TELETEX_STRING = 0x14;
const BMP_STRING = 0x1e;

/** Texts in place of a CSR, by their defect. */
export async function makeHostileRequests(
  certificatePem: string,
  crlPem: string,
): Promise<Readonly<Record<string, string>>> {
  const good = await makeCsrPem({ subject: [commonName('good.hostile.test')] });
  const withName = (value: string | Uint8Array, tag?: number) =>
    makeCsrPem({ subject: [commonName(value, tag)] });
  const names = Array.from({ length: 1000 }, (_, at) => dnsName(`h${at}.hostile.test`));
  const subject = [commonName('names.hostile.test')];
  return {
    'text that is not PEM': 'hello',
    'a private key': keyPem('p-256'),
    'a certificate': certificatePem,
    'a CRL': crlPem,
    'a request and its private key': `${good}${keyPem('p-256')}`,
    'two requests': `${good}${good}`,
    'half a request': good.slice(0, good.length / 2),
    'a request with a forged signature': await makeForgedRequest(),
    'a request that holds other DER': toPem('CERTIFICATE REQUEST', Uint8Array.of(0x30, 3, 2, 1, 7)),
    'neither subject nor names': await makeCsrPem(),
    'a name of 10,000 characters': await withName('n'.repeat(10_000)),
    'a name of 65 characters': await withName('n'.repeat(65)),
    'an empty name': await withName(''),
    'NUL in a name': await withName(`good.test${String.fromCharCode(NUL)}.evil.test`),
    'a control character in a name': await withName(`a${String.fromCharCode(BACKSPACE)}b`),
    'a line break in a name': await withName('a\nb'),
    'a right-to-left mark in a name': await withName(`a${RIGHT_TO_LEFT_OVERRIDE}b`),
    'a name in TeletexString': await withName('host', TELETEX_STRING),
    'a name in BMPString': await withName(Uint8Array.of(0, 104, 0, 105), BMP_STRING),
    'a name that is no UTF-8': await withName(Uint8Array.of(0xc3, 0x28)),
    'a thousand names': await makeCsrPem({ subject, subjectAltNames: names }),
    'NUL in a host name': await makeCsrPem({ subject, subjectAltNames: [dnsName('a\0.test')] }),
    'a wildcard inside': await makeCsrPem({ subject, subjectAltNames: [dnsName('a.*.test')] }),
    'a host name in Unicode': await makeCsrPem({ subject, subjectAltNames: [dnsName('ä.test')] }),
  };
}

/** Returns a CSR with the signature of another one. */
async function makeForgedRequest(): Promise<string> {
  const csrDer = await makeCsrDer({ subject: [commonName('forged.hostile.test')] });
  csrDer[csrDer.length - 1] = (csrDer.at(-1) ?? 0) ^ 1;
  return toPem('CERTIFICATE REQUEST', csrDer);
}
