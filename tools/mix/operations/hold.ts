import { findCertificate } from '../check-certificates.ts';
import type { IssuedCertificate } from '../ledger.ts';
import type { Ask, CreateOperation } from '../operation.ts';
import { COMPLETE_LIST_PATH } from '../read-issued.ts';
import { readList } from '../read-list.ts';

/** With more holds than this it releases one. */
const USUAL_HOLDS = 20;
const REASON = 'certificateHold';

/** Holds or releases a certificate; the next CRL must show it. */
export const createHold: CreateOperation = ({ ledger, random, findings }) => {
  const held: IssuedCertificate[] = [];
  /** Hold and release requests without a response. */
  const changing = new Map<string, IssuedCertificate>();

  async function change(ask: Ask, certificate: IssuedCertificate, isHold: boolean): Promise<void> {
    const { serialHex } = certificate;
    const path = `/api/v1/certificates/${serialHex}/${isHold ? 'revoke' : 'release'}`;
    const body = isHold ? JSON.stringify({ reason: REASON }) : '';
    changing.set(serialHex, certificate);
    ledger.wavering.add(serialHex);
    await ask({ method: 'POST', path, body }, 200);
    changing.delete(serialHex);
    const list = readList((await ask({ path: COMPLETE_LIST_PATH }, 200)).body);
    findings.expect(
      list.serials.has(serialHex) === isHold,
      isHold ? 'a CRL lacks a hold' : 'a CRL lists a released certificate',
    );
  }

  async function release(ask: Ask, certificate: IssuedCertificate): Promise<void> {
    await change(ask, certificate, false);
    ledger.wavering.delete(certificate.serialHex);
    ledger.giveBack(certificate);
  }

  return {
    name: 'hold',
    weight: { faults: 5, load: 1 },
    async run(ask) {
      const isRelease = held.length > USUAL_HOLDS || random() < 0.4;
      const certificate = isRelease ? held.shift() : ledger.takeFree(random());
      if (certificate === null || certificate === undefined) return false;
      if (isRelease) {
        await release(ask, certificate);
      } else {
        await change(ask, certificate, true);
        held.push(certificate);
      }
      return true;
    },

    async check({ ask, each }) {
      // Without a response either outcome is right, and so it is at the edge for a while.
      await each([...changing.values()], async (certificate) => {
        const { isRevoked, reason } = await findCertificate(ask, certificate.serialHex);
        findings.expect(!isRevoked || reason === REASON, 'a hold has become a revocation');
        changing.delete(certificate.serialHex);
        if (isRevoked) held.push(certificate);
      });
      await each(held, async ({ serialHex }) => {
        const { isRevoked, reason } = await findCertificate(ask, serialHex);
        findings.expect(isRevoked && reason === REASON, 'a confirmed hold is missing');
      });
    },
  };
};
