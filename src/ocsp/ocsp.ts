import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import type { CertId, CertIdHash, OcspRequest } from '../x509/status/ocsp-request.ts';
import {
  type CertStatus,
  encodeOcspResponse,
  encodeOcspTimes,
  encodeResponseData,
  type OcspTimes,
} from '../x509/status/ocsp-response.ts';
import type { OcspSigner } from './ocsp-signer.ts';

export interface OcspStatusStore {
  /**
   * Reads the statuses of certificates of one authority, in one round trip. A certificate that it never
   * issued is `unknown`.
   * @returns statuses by serial number
   * @throws SignetError record-unavailable
   */
  findStatuses(
    authorityId: string,
    serialsHex: readonly string[],
  ): Promise<ReadonlyMap<string, CertStatus>>;
}

export interface OcspDependencies {
  readonly store: OcspStatusStore;
  /** Opens the present signer of an authority. @throws SignetError authority-unavailable */
  openSigner(authority: Authority): Promise<OcspSigner>;
  /** Unix ms. */
  readonly clock: () => number;
  readonly lifetimeSeconds: number;
  readonly retentionSeconds: number;
}

/** A signed response, or `unauthorized`, which is not signed. */
export type OcspAnswer =
  | {
      readonly kind: 'signed';
      readonly responseDer: Uint8Array<ArrayBuffer>;
      readonly thisUpdateSeconds: number;
      readonly nextUpdateSeconds: number;
      /** In the order of the CertIDs. */
      readonly statuses: readonly CertStatus[];
    }
  | { readonly kind: 'unauthorized' };

export const UNKNOWN: CertStatus = { kind: 'unknown' };

/**
 * Answers OCSP requests (RFC 6960) about certificates of one authority. A certificate of another issuer
 * is unknown. If all are, or the authority's own certificate has expired, the answer is unauthorized
 * (RFC 5019 section 2.2.3).
 */
export function createOcsp(dependencies: OcspDependencies) {
  const { store, openSigner, clock, lifetimeSeconds, retentionSeconds } = dependencies;
  let times: OcspTimes | null = null;

  /** Responses of the same second that end at the same time share their encoded times. */
  function findTimes(nowSeconds: number, nextUpdateSeconds: number): OcspTimes {
    if (times?.thisUpdateSeconds !== nowSeconds || times.nextUpdateSeconds !== nextUpdateSeconds) {
      times = encodeOcspTimes(nowSeconds, nextUpdateSeconds, nowSeconds - retentionSeconds);
    }
    return times;
  }

  /** @throws SignetError authority-unavailable, record-unavailable */
  return async function answerOcsp(
    authority: Authority,
    { certIds, nonceDer }: OcspRequest,
  ): Promise<OcspAnswer> {
    const nowSeconds = Math.floor(clock() / 1000);
    if (authority.notAfterSeconds <= nowSeconds) return { kind: 'unauthorized' };
    const serials = new Map<CertId, string>();
    for (const certId of certIds) {
      if (await namesIssuer(certId, authority)) serials.set(certId, certId.serialHex);
    }
    if (serials.size === 0) return { kind: 'unauthorized' };
    const { signer, frame, notAfterSeconds } = await openSigner(authority);
    const known = await store.findStatuses(authority.generationId, [...new Set(serials.values())]);
    const responses = certIds.map((certId) => ({
      certIdDer: certId.certIdDer,
      status: known.get(serials.get(certId) ?? '') ?? UNKNOWN,
    }));
    const nextUpdateSeconds = Math.min(
      nowSeconds + lifetimeSeconds,
      notAfterSeconds,
      authority.notAfterSeconds,
    );
    const dataDer = encodeResponseData(
      frame,
      findTimes(nowSeconds, nextUpdateSeconds),
      responses,
      nonceDer,
    );
    return {
      kind: 'signed',
      responseDer: encodeOcspResponse(frame, dataDer, await signer.sign(dataDer)),
      thisUpdateSeconds: nowSeconds,
      nextUpdateSeconds,
      statuses: responses.map(({ status }) => status),
    };
  };
}

interface IssuerHashes {
  readonly nameHash: Uint8Array;
  readonly keyHash: Uint8Array;
}

const hashesOf = new WeakMap<Authority, Map<CertIdHash, IssuerHashes>>();

/** The hashes of an authority's subject and key by which CertIDs name it (RFC 6960 section 4.1.1). */
export async function findIssuerHashes(
  authority: Authority,
  hash: CertIdHash,
): Promise<IssuerHashes> {
  const known = hashesOf.get(authority) ?? new Map<CertIdHash, IssuerHashes>();
  hashesOf.set(authority, known);
  const found = known.get(hash);
  if (found !== undefined) return found;
  const { subjectPublicKey } = parsePublicKey(authority.certificate.spkiDer);
  const hashes = {
    nameHash: new Uint8Array(await crypto.subtle.digest(hash, authority.subjectDer)),
    keyHash: new Uint8Array(await crypto.subtle.digest(hash, subjectPublicKey)),
  };
  known.set(hash, hashes);
  return hashes;
}

async function namesIssuer(
  { hash, issuerNameHash, issuerKeyHash }: CertId,
  authority: Authority,
): Promise<boolean> {
  if (hash === null) return false;
  const { nameHash, keyHash } = await findIssuerHashes(authority, hash);
  return equalBytes(issuerKeyHash, keyHash) && equalBytes(issuerNameHash, nameHash);
}
