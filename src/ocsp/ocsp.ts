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
  /**
   * Reads the issuer names (DER) of certificates of one authority, as far as their bodies are recorded.
   * @returns names by serial number
   * @throws SignetError record-unavailable
   */
  findIssuerNames(
    authorityId: string,
    serialsHex: readonly string[],
  ): Promise<ReadonlyMap<string, Uint8Array>>;
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
      /** Whether all CertIDs encode the authority's name as its own certificate does. */
      readonly isNamedAsUsual: boolean;
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
    const usual = await listUsuallyNamed(authority, certIds);
    const unusual =
      usual.length === certIds.length
        ? []
        : await listUnusuallyNamed(
            store,
            authority,
            certIds.filter((each) => !usual.includes(each)),
          );
    const serials = new Map([...usual, ...unusual].map((certId) => [certId, certId.serialHex]));
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
      isNamedAsUsual: unusual.length === 0,
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

/** The CertIDs by the hashes of the authority's subject and key. */
async function listUsuallyNamed(
  authority: Authority,
  certIds: readonly CertId[],
): Promise<readonly CertId[]> {
  const found: CertId[] = [];
  for (const certId of certIds) {
    const { hash, issuerNameHash, issuerKeyHash } = certId;
    if (hash === null) continue;
    const { nameHash, keyHash } = await findIssuerHashes(authority, hash);
    if (equalBytes(issuerKeyHash, keyHash) && equalBytes(issuerNameHash, nameHash)) {
      found.push(certId);
    }
  }
  return found;
}

/**
 * The CertIDs by the hashes of the authority's key and of the issuer's name in the certificate itself
 * (RFC 6960 section 4.1.1): an imported certificate may encode it in another way than the authority's
 * own certificate.
 */
async function listUnusuallyNamed(
  store: OcspStatusStore,
  authority: Authority,
  certIds: readonly CertId[],
): Promise<readonly CertId[]> {
  const sameKey: CertId[] = [];
  for (const certId of certIds) {
    if (certId.hash === null) continue;
    const { keyHash } = await findIssuerHashes(authority, certId.hash);
    if (equalBytes(certId.issuerKeyHash, keyHash)) sameKey.push(certId);
  }
  if (sameKey.length === 0) return [];
  const serials = new Set(sameKey.map(({ serialHex }) => serialHex));
  const names = await store.findIssuerNames(authority.generationId, [...serials]);
  const found: CertId[] = [];
  for (const certId of sameKey) {
    const name = names.get(certId.serialHex);
    if (name === undefined || certId.hash === null) continue;
    const nameHash = new Uint8Array(await crypto.subtle.digest(certId.hash, name));
    if (equalBytes(certId.issuerNameHash, nameHash)) found.push(certId);
  }
  return found;
}
