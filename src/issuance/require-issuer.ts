import { type Authority, requireSigner } from '../authorities/authority.ts';
import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { formatName } from '../x509/names/names.ts';
import type { CertificateIssuer } from './certificate-draft.ts';
import { readChainLimits } from './chain-limits.ts';
import { formatUtcTime } from './validity.ts';

/**
 * Refuses an authority that must not sign certificates now, as far as it is known here. The commit
 * decides whether a certificate of its chain is revoked.
 * @throws SignetError authority-unavailable, naming the certificate that is the reason
 */
export function requireIssuer(authority: Authority, nowSeconds: number): void {
  requireSigner(authority);
  requireValidNow(authority, nowSeconds);
}

/**
 * Refuses an issuer with a certificate in its chain that is not valid now.
 * @throws SignetError authority-unavailable, naming that certificate
 */
export function requireValidNow(
  { generationId, issuers }: Pick<CertificateIssuer, 'generationId' | 'issuers'>,
  nowSeconds: number,
): void {
  if (generationId === null) return;
  const { notBeforeSeconds, notAfterSeconds } = readChainLimits(issuers);
  if (notBeforeSeconds <= nowSeconds && nowSeconds <= notAfterSeconds) return;
  const reasons = issuers.map((each, depth) => explainInvalidity(each, depth, nowSeconds));
  const reason = reasons.find((each) => each !== null) ?? 'its chain is not valid now';
  throw new SignetError('authority-unavailable', `The authority cannot sign: ${reason}.`, {
    cause: `authority '${generationId}': ${reason}`,
  });
}

function explainInvalidity(
  { subjectDer, notBeforeSeconds, notAfterSeconds }: Certificate,
  depth: number,
  nowSeconds: number,
): string | null {
  const which = depth === 0 ? 'its certificate' : 'the certificate of a CA above it';
  const named = `${which}, "${formatName(subjectDer)}",`;
  if (notAfterSeconds < nowSeconds) return `${named} expired at ${formatUtcTime(notAfterSeconds)}`;
  if (nowSeconds < notBeforeSeconds) {
    return `${named} is not valid before ${formatUtcTime(notBeforeSeconds)}`;
  }
  return null;
}
