import { createHash } from 'node:crypto';
import { isRecord } from './is-record.ts';
import type { Ask, Inspection } from './operation.ts';
import { decodePem } from './pem.ts';
import { readIssued } from './read-issued.ts';

/** A certificate as the API shows it. */
export interface FoundCertificate {
  readonly pem: string;
  /** SHA-256 of the DER in hex. */
  readonly sha256Hex: string;
  readonly isRevoked: boolean;
  readonly reason: string | null;
}

export async function findCertificate(ask: Ask, serialHex: string): Promise<FoundCertificate> {
  const headers = { Accept: 'application/json' };
  const answer = await ask({ path: `/api/v1/certificates/${serialHex}`, headers }, 200);
  const { certificate, revocation } = JSON.parse(answer.body.toString());
  const pem = String(certificate);
  const reason: unknown = isRecord(revocation) ? revocation.reason : null;
  return {
    pem,
    sha256Hex: createHash('sha256').update(decodePem(pem)).digest('hex'),
    isRevoked: revocation !== null,
    reason: typeof reason === 'string' ? reason : null,
  };
}

/**
 * Checks that every returned certificate is recorded, byte for byte, and revoked if a response said
 * so. Further recorded certificates must have been requested; from now on they count as returned.
 */
export async function checkCertificates({ world, ask, query, each }: Inspection): Promise<void> {
  const { ledger, findings, caCertificate } = world;
  const rows = await query("SELECT serial FROM certificates WHERE profile <> 'ca'");
  const unanswered = rows
    .map(({ serial }) => String(serial))
    .filter((serial) => !ledger.certificates.has(serial));
  findings.expect(
    unanswered.length <= ledger.issuing,
    'there are certificates that were not requested',
  );
  await each([...ledger.certificates.values()], async ({ serialHex, sha256Hex }) => {
    const found = await findCertificate(ask, serialHex);
    findings.expect(found.sha256Hex === sha256Hex, 'a certificate differs from the returned one');
    if (ledger.revoking.has(serialHex) || ledger.wavering.has(serialHex)) return;
    const reason = ledger.revoked.get(serialHex);
    findings.expect(
      found.isRevoked === (reason !== undefined),
      reason === undefined
        ? 'a certificate is revoked without a request'
        : 'a confirmed revocation is missing',
    );
    findings.expect(
      reason === undefined || reason === null || found.reason === reason,
      'a revocation has another reason than confirmed',
    );
  });
  await each(unanswered, async (serialHex) => {
    const { pem } = await findCertificate(ask, serialHex);
    ledger.addCertificate(readIssued(pem, null, caCertificate, findings));
  });
  ledger.issuing = 0;
}
