import { encodePem } from '../../asn1/pem.ts';
import { isGenerationOf } from '../../authorities/authority.ts';
import type { AuthorityRecord, AuthorityState } from '../../authorities/store.ts';
import { describeCertificate } from './describe-certificate.ts';

/** The dialect's names for the states of an authority with a certificate. */
export const CA_STATUS: Readonly<Record<Exclude<AuthorityState, 'pending'>, string>> = {
  active: 'ISSUE',
  disabled: 'FORBIDDEN',
  revoked: 'REVOKE',
};

/** An authority that has a certificate. */
export interface CertifiedRecord extends AuthorityRecord {
  readonly state: Exclude<AuthorityState, 'pending'>;
  readonly certificateDer: Uint8Array;
}

export function isCertified(record: AuthorityRecord): record is CertifiedRecord {
  return record.certificateDer !== null && record.state !== 'pending';
}

/** ROOT is self-signed. */
export function nameCaType({ chainDer }: AuthorityRecord): 'ROOT' | 'SUB_ROOT' {
  return chainDer.length === 0 ? 'ROOT' : 'SUB_ROOT';
}

/** @param known the lineages of which one may be the parent */
export async function describeCa(record: CertifiedRecord, known: readonly string[]) {
  const { certificateDer, parentId, lineageId } = record;
  const { fields, years } = await describeCertificate(certificateDer);
  const parent =
    parentId === null ? undefined : known.find((lineage) => isGenerationOf(parentId, lineage));
  return {
    Identifier: lineageId,
    ...(parent === undefined ? {} : { ParentIdentifier: parent }),
    CertificateType: nameCaType(record),
    Status: CA_STATUS[record.state],
    Years: years,
    ...fields,
  };
}

/** The complete chain of CaCertChain: the certificate and its issuers, root last. */
export function encodeCompleteChain(
  certificateDer: Uint8Array,
  issuersDer: readonly Uint8Array[],
): string {
  return encodeChain([certificateDer, ...issuersDer]);
}

/**
 * The CertificateChain of every action that creates a certificate: its issuers, root last. A root is
 * its own issuer.
 */
export function encodeIssuers({ certificateDer, chainDer }: CertifiedRecord): string {
  return encodeChain(chainDer.length === 0 ? [certificateDer] : chainDer);
}

function encodeChain(dersOfChain: readonly Uint8Array[]): string {
  return dersOfChain.map((der) => encodePem('CERTIFICATE', der)).join('');
}
