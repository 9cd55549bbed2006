import { sealEnvelope } from '../../bench/seal-envelope.ts';
import type { CreateOperation } from '../operation.ts';

/** Revokes by the openssl-ca dialect; the operation `revoke` checks all revocations. */
export const createRevokeByDialect: CreateOperation = ({ ledger, random, findings, secrets }) => ({
  name: 'revoke (openssl-ca)',
  weight: { faults: 5, load: 1 },
  async run(ask) {
    const certificate = ledger.takeFree(random());
    if (certificate === null) return false;
    ledger.revoking.set(certificate.serialHex, 'unspecified');
    const envelope = sealEnvelope(
      'aes-256-cfb',
      secrets.OPENSSL_CA_SECRET ?? '',
      certificate.serialHex,
    );
    const body = JSON.stringify({ serial: envelope.toString('base64') });
    const answer = await ask({ method: 'DELETE', path: '/api/ca/revoke', body }, 200);
    const { status, msg } = JSON.parse(answer.body.toString());
    findings.expect(status === 0, `revoke (openssl-ca): ${msg}`);
    if (status === 0) ledger.addRevocation(certificate, 'unspecified');
    return true;
  },
});
