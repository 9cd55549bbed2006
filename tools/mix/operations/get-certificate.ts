import { findCertificate } from '../check-certificates.ts';
import type { CreateOperation } from '../operation.ts';

/** Gets a certificate by its serial number. */
export const createGetCertificate: CreateOperation = ({ ledger, random, findings }) => ({
  name: 'get',
  weight: { faults: 8, load: 10 },
  async run(ask) {
    const certificate = ledger.pickFree(random());
    if (certificate === null) return false;
    const found = await findCertificate(ask, certificate.serialHex);
    findings.expect(
      found.sha256Hex === certificate.sha256Hex,
      'a certificate differs from the returned one',
    );
    return true;
  },
});
