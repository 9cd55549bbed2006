import { REVOCATION_REASONS } from '../../../src/revocation/reasons.ts';
import { findCertificate } from '../check-certificates.ts';
import type { IssuedCertificate, KnownReason } from '../ledger.ts';
import type { CreateOperation, Inspection } from '../operation.ts';
import { pickOne } from '../random.ts';

/** The reasons of a permanent revocation. */
const REASONS = Object.keys(REVOCATION_REASONS).filter((reason) => reason !== 'certificateHold');

/** Revokes by the API for any reason. */
export const createRevoke: CreateOperation = ({ ledger, random }) => {
  /** Certificates revoked for keyCompromise since the last check. */
  let compromised: IssuedCertificate[] = [];

  return {
    name: 'revoke',
    weight: { faults: 16, load: 2 },
    async run(ask) {
      const certificate = ledger.takeFree(random());
      if (certificate === null) return false;
      const reason = pickOne(random, REASONS) ?? 'unspecified';
      ledger.revoking.set(certificate.serialHex, reason);
      const path = `/api/v1/certificates/${certificate.serialHex}/revoke`;
      await ask({ method: 'POST', path, body: JSON.stringify({ reason }) }, 200);
      ledger.addRevocation(certificate, reason);
      if (reason === 'keyCompromise') compromised.push(certificate);
      return true;
    },

    async check(inspection) {
      await settle(inspection);
      const { ask, each } = inspection;
      await each(compromised, async ({ csrPem }) => {
        if (csrPem === null) return;
        await ask({ method: 'POST', path: '/api/v1/certificates', body: csrPem }, 400);
      });
      compromised = [];
    },
  };
};

/** Finds the outcome of revocation requests without a response, of every API. */
async function settle({ world, ask, each }: Inspection): Promise<void> {
  const { ledger, findings } = world;
  await each([...ledger.revoking], async ([serialHex, asked]: [string, KnownReason]) => {
    const certificate = ledger.certificates.get(serialHex);
    const { isRevoked, reason } = await findCertificate(ask, serialHex);
    ledger.revoking.delete(serialHex);
    if (certificate === undefined) return;
    if (isRevoked)
      ledger.adoptRevocation(certificate, reason, Date.now() + world.edgeTtlSeconds * 1000);
    else ledger.giveBack(certificate);
    findings.expect(
      !isRevoked || asked === null || reason === asked,
      'an unconfirmed revocation has another reason than requested',
    );
  });
}
