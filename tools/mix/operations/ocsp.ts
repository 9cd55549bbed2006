import type { IssuedCertificate } from '../ledger.ts';
import { encodeOcspRequest, readOcspResponse } from '../ocsp.ts';
import type { Ask, CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';
import { readListIssuer } from '../read-list.ts';

const PATH = '/ocsp/default';
/** Number of requests of each kind after a restart. */
const ASKED_AFTER = 100;

/** Requests a certificate's status by OCSP, by GET and by POST. */
export const createOcsp: CreateOperation = ({ ledger, random, findings, caCertificate }) => {
  const issuer = readListIssuer(caCertificate);

  async function askStatus(ask: Ask, { serialHex }: IssuedCertificate): Promise<void> {
    const wasRevoked = ledger.isKnownRevoked(serialHex, Date.now());
    const request = encodeOcspRequest(issuer, serialHex);
    const answer =
      random() < 0.5
        ? await ask({ path: `${PATH}/${encodeURIComponent(request.toString('base64'))}` }, 200)
        : await ask(
            {
              ...{ method: 'POST', path: PATH, body: request },
              headers: { 'Content-Type': 'application/ocsp-request' },
            },
            200,
          );
    const found = readOcspResponse(answer.body, issuer);
    findings.expect(found.isSigned, 'OCSP: the signature is wrong');
    findings.expect(
      found.serialHex === serialHex,
      'OCSP: the response is about another certificate',
    );
    findings.expect(
      !wasRevoked || found.status === 'revoked',
      `OCSP: ${found.status}, although its revocation was confirmed before`,
    );
    const { revoked, revoking, wavering } = ledger;
    const mayBeRevoked = [revoked, revoking, wavering].some((known) => known.has(serialHex));
    findings.expect(
      mayBeRevoked || found.status === 'good',
      `OCSP: ${found.status}, although it was not revoked`,
    );
  }

  return {
    name: 'OCSP',
    weight: { faults: 10, load: 35 },
    async run(ask) {
      const revoked = random() < 0.3 ? pickOne(random, ledger.recentlyRevoked) : undefined;
      const certificate = revoked ?? ledger.pickFree(random());
      if (certificate === null) return false;
      await askStatus(ask, certificate);
      return true;
    },
    async check({ ask, each }) {
      const all = [...ledger.certificates.values()];
      const revoked = all.filter(({ serialHex }) => ledger.revoked.has(serialHex));
      const others = all.filter(({ serialHex }) => !ledger.revoked.has(serialHex));
      const newest = [...revoked.slice(-ASKED_AFTER), ...others.slice(-ASKED_AFTER)];
      await each(newest, (certificate) => askStatus(ask, certificate));
    },
  };
};
