import { OctetString } from 'asn1js';
import * as pkijs from 'pkijs';
import { parsePem } from '../../../asn1/pem.ts';

/** OWASP's number for PBKDF2 with SHA-256. */
const ITERATIONS = 600_000;

/**
 * Makes a PKCS#12 file (RFC 7292) of a key and its certificates, encrypted with AES-256 and PBKDF2
 * (RFC 8018), and with a MAC by HMAC-SHA256.
 * @param certificatesPem the certificate, then its chain
 */
export async function makePkcs12(
  pkcs8Der: Uint8Array<ArrayBuffer>,
  certificatesPem: string,
  password: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const secret = new TextEncoder().encode(password).buffer;
  const certificates = parsePem(certificatesPem).map(({ der }) => new Uint8Array(der));
  const [own] = certificates;
  if (own === undefined) throw new TypeError('no certificate');
  const localKeyId = await makeLocalKeyId(own);
  const keyBag = new pkijs.PKCS8ShroudedKeyBag({
    parsedValue: pkijs.PrivateKeyInfo.fromBER(pkcs8Der.buffer),
  });
  const bags = certificates.map(
    (der, index) =>
      new pkijs.SafeBag({
        bagId: '1.2.840.113549.1.12.10.1.3',
        bagValue: new pkijs.CertBag({ parsedValue: pkijs.Certificate.fromBER(der.buffer) }),
        ...(index === 0 ? { bagAttributes: [localKeyId] } : {}),
      }),
  );
  const key = new pkijs.SafeBag({
    bagId: '1.2.840.113549.1.12.10.1.2',
    bagValue: keyBag,
    bagAttributes: [localKeyId],
  });
  const pfx = new pkijs.PFX({
    parsedValue: {
      integrityMode: 0,
      authenticatedSafe: new pkijs.AuthenticatedSafe({
        parsedValue: {
          safeContents: [
            { privacyMode: 0, value: new pkijs.SafeContents({ safeBags: [key] }) },
            { privacyMode: 1, value: new pkijs.SafeContents({ safeBags: bags }) },
          ],
        },
      }),
    },
  });
  const encryption = {
    password: secret,
    contentEncryptionAlgorithm: {
      name: 'AES-CBC',
      length: 256,
      iv: crypto.getRandomValues(new Uint8Array(16)),
    },
    hmacHashAlgorithm: 'SHA-256',
    iterationCount: ITERATIONS,
  };
  await keyBag.makeInternalValues(encryption);
  await pfx.parsedValue?.authenticatedSafe?.makeInternalValues({ safeContents: [{}, encryption] });
  await pfx.makeInternalValues({
    password: secret,
    iterations: ITERATIONS,
    pbkdf2HashAlgorithm: 'SHA-256',
    hmacHashAlgorithm: 'SHA-256',
  });
  return new Uint8Array(pfx.toSchema().toBER(false));
}

/** Ties the key to its certificate (RFC 2985 section 5.5.2). */
async function makeLocalKeyId(certificateDer: Uint8Array<ArrayBuffer>): Promise<pkijs.Attribute> {
  const valueHex = await crypto.subtle.digest('SHA-1', certificateDer);
  return new pkijs.Attribute({
    type: '1.2.840.113549.1.9.21',
    values: [new OctetString({ valueHex })],
  });
}
