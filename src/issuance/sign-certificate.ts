import { encodeSigned } from '../x509/certificate/signed.ts';
import type { CertificateDraft, CertificateIssuer } from './certificate-draft.ts';
import { type CertificateTemplate, encodeTemplate } from './certificate-template.ts';
import type { IssuerChain } from './chain-limits.ts';
import { type CertificatePlace, encodeCertificateTbs } from './encode-certificate.ts';
import { encodeLeafTbs } from './encode-leaf.ts';
import { chooseKeyUsages, classifyKey } from './key-usages.ts';
import type { ApprovedCertificate } from './last-gate.ts';
import type { Profile } from './profiles.ts';

/** Encodes and signs a certificate. Nothing else signs one. */
export async function signCertificate(
  approved: ApprovedCertificate,
  place: CertificatePlace,
): Promise<Uint8Array> {
  const { signer } = approved.issuer;
  const tbsDer = await encodeUnsigned(approved, place);
  return encodeSigned(tbsDer, signer.signatureAlgorithmDer, await signer.sign(tbsDer));
}

/** Encodes the tbsCertificate of a certificate. */
export function encodeUnsigned(
  { draft, issuer }: ApprovedCertificate,
  place: CertificatePlace,
): Promise<Uint8Array> {
  const { profile } = draft;
  const { generationId } = issuer;
  if (profile === null || generationId === null || !hasUsagesOf(draft, profile)) {
    return encodeCertificateTbs(draft, issuer, place);
  }
  const template = findTemplate({ ...issuer, generationId }, profile, place);
  return encodeLeafTbs(issuer, issuer.signer, template, draft, place.serial, draft);
}

/** Whether the certificate has the usages that the template of the profile has. */
function hasUsagesOf(
  { publicKey, keyUsages, extendedKeyUsages }: CertificateDraft,
  profile: Profile,
): boolean {
  if (extendedKeyUsages !== profile.extendedKeyUsages) return false;
  const chosen = chooseKeyUsages(classifyKey(publicKey), extendedKeyUsages);
  return chosen.length === keyUsages.length && chosen.every((usage, n) => usage === keyUsages[n]);
}

interface KeptTemplate extends Pick<CertificatePlace, 'publicationUrl' | 'crlPartition'> {
  readonly template: CertificateTemplate;
}

/** A profile is never changed, only replaced. A partition changes with every 20,000 certificates. */
const templates = new WeakMap<IssuerChain, WeakMap<Profile, KeptTemplate>>();

function findTemplate(
  issuer: CertificateIssuer & { readonly generationId: string },
  profile: Profile,
  { publicationUrl, crlPartition }: CertificatePlace,
): CertificateTemplate {
  const ofIssuer = templates.get(issuer.issuers) ?? new WeakMap<Profile, KeptTemplate>();
  templates.set(issuer.issuers, ofIssuer);
  const kept = ofIssuer.get(profile);
  if (kept?.publicationUrl === publicationUrl && kept.crlPartition === crlPartition) {
    return kept.template;
  }
  const template = encodeTemplate(issuer, profile, publicationUrl, crlPartition);
  ofIssuer.set(profile, { publicationUrl, crlPartition, template });
  return template;
}
