import {
  type Certificate,
  encodeTbsCertificate,
  parseCertificate,
} from '../../../src/x509/certificate/certificate.ts';
import { encodeSigned } from '../../../src/x509/certificate/signed.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import type { IssuanceSubject } from '../../../src/x509/path/chain-constraints.ts';
import {
  encodeNameConstraints,
  type NameConstraints,
} from '../../../src/x509/path/name-constraints.ts';
import { type CaExtensions, encodeCaExtensions } from '../certificate/ca-extensions.ts';

export const NOT_BEFORE = Date.UTC(2026, 0, 1) / 1000;
export const NOT_AFTER = Date.UTC(2036, 0, 1) / 1000;

/** ecdsa-with-SHA256 and a key that is not valid: no test verifies these signatures. */
const ALGORITHM_DER = Uint8Array.fromHex('300a06082a8648ce3d040302');
const SPKI_DER = Uint8Array.fromHex('3010300a06082a8648ce3d04030203020000');

export interface AuthorityOptions extends Partial<CaExtensions> {
  readonly nameConstraints?: NameConstraints;
  readonly notBeforeSeconds?: number;
  readonly notAfterSeconds?: number;
  /** Replaces all other options about extensions. */
  readonly extensionsDer?: readonly Uint8Array[];
}

/** Makes a CA certificate without a valid signature. */
export function makeAuthority(
  subject: string,
  issuer: string,
  options: AuthorityOptions = {},
): Certificate {
  const { nameConstraints } = options;
  const extensionsDer =
    options.extensionsDer ??
    encodeCaExtensions({
      pathLenConstraint: null,
      extendedKeyUsages: null,
      policiesDer: null,
      otherExtensionsDer: [],
      ...options,
      nameConstraintsDer:
        nameConstraints === undefined ? null : encodeNameConstraints(nameConstraints),
    });
  const tbsDer = encodeTbsCertificate(
    { signatureAlgorithmDer: ALGORITHM_DER, issuerDer: encodeNameFromText(issuer) },
    {
      serial: Uint8Array.of(1),
      notBeforeSeconds: options.notBeforeSeconds ?? NOT_BEFORE,
      notAfterSeconds: options.notAfterSeconds ?? NOT_AFTER,
      subjectDer: encodeNameFromText(subject),
      spkiDer: SPKI_DER,
      extensionsDer,
    },
  );
  return parseCertificate(encodeSigned(tbsDer, ALGORITHM_DER, Uint8Array.of(0)));
}

/**
 * Makes a root and one CA for each further argument, each below the one before. Issuing CA first.
 */
export function makeChain(root: AuthorityOptions, ...below: AuthorityOptions[]): Certificate[] {
  const chain = [makeAuthority('CN=CA 0', 'CN=CA 0', root)];
  for (const [index, options] of below.entries()) {
    chain.unshift(makeAuthority(`CN=CA ${index + 1}`, `CN=CA ${index}`, options));
  }
  return chain;
}

export function makeLeaf(
  options: Partial<IssuanceSubject> & { readonly subject?: string } = {},
): IssuanceSubject {
  return {
    subjectDer: encodeNameFromText(options.subject ?? 'CN=Leaf'),
    subjectAltNames: [],
    isCa: false,
    pathLenConstraint: null,
    extendedKeyUsages: null,
    policies: null,
    nameConstraints: null,
    notBeforeSeconds: NOT_BEFORE,
    notAfterSeconds: NOT_AFTER,
    ...options,
  };
}

export function makeSubordinate(
  options: Partial<IssuanceSubject> & { readonly subject?: string } = {},
): IssuanceSubject {
  return makeLeaf({ subject: 'CN=Sub CA', isCa: true, ...options });
}
