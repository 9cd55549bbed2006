import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { formatName } from '../x509/names/names.ts';
import { checkChainRoles } from '../x509/path/chain.ts';
import type { AuthorityRecord } from './store.ts';

/**
 * Returns why the authority must not sign certificates, or null. The last gate looks at the validity.
 * @param issuers its certificate and those above it
 */
export function findRefusal(
  record: AuthorityRecord,
  issuers: readonly Certificate[],
): SignetError | null {
  const reason = findBadCertificate(record, issuers);
  if (reason !== null) {
    const { generationId: id, name } = record;
    return new SignetError(
      'authority-unavailable',
      `The authority "${name}" (${id}) cannot sign: ${reason}.`,
      { cause: `authority '${id}' cannot sign: ${reason}` },
    );
  }
  const [certificate, ...chain] = issuers;
  try {
    if (certificate !== undefined) checkChainRoles(certificate, chain);
    return null;
  } catch (error) {
    if (error instanceof SignetError) return unavailable(error.message, error);
    throw error;
  }
}

const STATUS_TEXTS = { revoked: 'is revoked', 'on-hold': 'is on hold' } as const;

function findBadCertificate(
  { state, isOnHold, above, revokedLinks }: AuthorityRecord,
  issuers: readonly Certificate[],
): string | null {
  const serialAt = (depth: number) => `serial number ${issuers[depth]?.serialHex}`;
  if (isOnHold) return `its certificate (${serialAt(0)}) is on hold`;
  if (state !== 'active') return `it is ${state}`;
  for (const [index, { status, name, generationId }] of above.entries()) {
    if (status === 'good') continue;
    return `"${name}" (${generationId}, ${serialAt(index + 1)}) above it ${STATUS_TEXTS[status]}`;
  }
  const [link] = revokedLinks;
  const certificate = link === undefined ? undefined : issuers[link.depth];
  if (link === undefined || certificate === undefined) return null;
  const subject = formatName(certificate.subjectDer);
  return `"${subject}" (${serialAt(link.depth)}) above it ${STATUS_TEXTS[link.status]}`;
}

/** A wrong configuration: the cause is for the log. */
export function unavailable(cause: string, error?: unknown): SignetError {
  return new SignetError(
    'authority-unavailable',
    'The authority cannot sign: its configuration is wrong. The log gives the cause to the operator.',
    { cause: error === undefined ? cause : new Error(cause, { cause: error }) },
  );
}
