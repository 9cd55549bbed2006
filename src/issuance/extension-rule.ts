import { encodeSequence } from '../asn1/der.ts';
import { OID } from '../asn1/oids.ts';
import { assertStrictDer } from '../asn1/strict-der.ts';
import { SignetError } from '../errors.ts';
import { parseExtensions } from '../x509/certificate/extensions.ts';
import { OCSP_OID } from '../x509/status/ocsp-request.ts';
import type { CertificateDraft, CertificateIssuer } from './certificate-draft.ts';

/** Checked against the CAs above: see checkIssuance. */
const OF_CAS: ReadonlySet<string> = new Set([OID.certificatePolicies, OID.nameConstraints]);

/** Only a root says these about itself: no CA here allows or checks them for a CA below it. */
const OF_ROOTS: ReadonlySet<string> = new Set([
  ...OF_CAS,
  OID.policyMappings,
  OID.policyConstraints,
  OID.inhibitAnyPolicy,
  OID.subjectAltName,
]);

const OF_RESPONDERS: ReadonlySet<string> = new Set([OCSP_OID.noCheck]);
const NONE: ReadonlySet<string> = new Set();

/** Tells whether the next certificate of a CA has this extension of the one before. */
export function isCarriedOver(oid: string): boolean {
  return OF_ROOTS.has(oid);
}

/**
 * Refuses whole extensions that a certificate of this kind must not have. (All others are made by the
 * encoder from the fields of the draft.)
 * @throws SignetError constraint-violated
 */
export function requireKnownExtensions({
  draft,
  issuer,
}: {
  readonly draft: Pick<
    CertificateDraft,
    'kind' | 'policies' | 'nameConstraints' | 'furtherExtensionsDer'
  >;
  readonly issuer: Pick<CertificateIssuer, 'generationId'>;
}): void {
  const { policies, nameConstraints, furtherExtensionsDer } = draft;
  const oids = readOids(furtherExtensionsDer);
  const allowed = listAllowed(draft.kind, issuer.generationId === null);
  const foreign = oids.find((oid) => !allowed.has(oid));
  if (foreign !== undefined) {
    throw new SignetError(
      'constraint-violated',
      `The certificate must not have the extension ${foreign}. Leave it out.`,
      { field: 'extensions' },
    );
  }
  // obeyChain checks what was read from these extensions.
  const isRead =
    (policies !== null) === oids.includes(OID.certificatePolicies) &&
    (nameConstraints !== null) === oids.includes(OID.nameConstraints);
  if (!isRead) throw new Error('policies or name constraints of the draft were not read');
}

function listAllowed(kind: CertificateDraft['kind'], isSelfSigned: boolean): ReadonlySet<string> {
  switch (kind) {
    case 'leaf':
      return NONE;
    case 'ca':
      return isSelfSigned ? OF_ROOTS : OF_CAS;
    case 'cross':
      return OF_ROOTS;
    case 'ocsp-responder':
      return OF_RESPONDERS;
  }
}

/** Reads the OIDs of whole extensions. */
export function readOids(extensionsDer: readonly Uint8Array[]): readonly string[] {
  if (extensionsDer.length === 0) return [];
  const der = encodeSequence(...extensionsDer);
  assertStrictDer(der);
  return [...parseExtensions(der).keys()];
}
