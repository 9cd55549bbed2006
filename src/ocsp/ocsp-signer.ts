import { encodePem } from '../asn1/pem.ts';
import type { Authority } from '../authorities/authority.ts';
import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { importSigner, type Signer } from '../keys/signer.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { encodeOcspFrame, type OcspFrame } from '../x509/status/ocsp-response.ts';

/** A delegated responder (RFC 6960 section 4.2.2.2) of one key generation. */
export interface OcspResponderRecord {
  readonly authorityId: string;
  readonly certificateDer: Uint8Array;
  /** PKCS#8, sealed under `responderRecordId`. */
  readonly sealedKey: string;
  readonly notBeforeSeconds: number;
  readonly notAfterSeconds: number;
  /** From then on a job replaces it; null for one that was uploaded. */
  readonly renewFromSeconds: number | null;
  readonly createdAtMs: number;
}

/** The id to which the sealed key of a responder is bound. */
export function responderRecordId(authorityId: string): string {
  return `ocsp-responder:${authorityId}`;
}

/** A signer with the constant parts of its responses. */
export interface OcspSigner {
  readonly signer: Signer;
  readonly frame: OcspFrame;
  readonly notAfterSeconds: number;
}

export interface OcspSignerDependencies {
  readonly store: { find(authorityId: string): Promise<OcspResponderRecord | null> };
  readonly sealer: Pick<Sealer, 'open'>;
  /** Unix ms. */
  readonly clock: () => number;
}

export interface OcspSigners {
  /**
   * Opens the delegated responder if there is a valid one, else the authority's own key. A disabled or
   * revoked authority still answers for what it issued.
   * @throws SignetError authority-unavailable, record-unavailable
   */
  open(authority: Authority): Promise<OcspSigner>;
  /** Evicts the responder of an authority from memory, after it was changed. */
  evict(authorityId: string): void;
}

/** How long an isolate uses a responder before it reads the record again. */
const HELD_MS = 60_000;

interface Held {
  readonly record: OcspResponderRecord | null;
  /** Null if there is no responder, or its key cannot be opened. */
  readonly delegated: OcspSigner | null;
  /** Why its key cannot be opened. */
  readonly failure: unknown;
  readonly readAtMs: number;
}

export function createOcspSigners({ store, sealer, clock }: OcspSignerDependencies): OcspSigners {
  const held = new Map<string, Held>();
  /** An authority with another certificate or key is another object. */
  const own = new WeakMap<Authority, OcspSigner>();

  async function findHeld(authorityId: string): Promise<Held> {
    const known = held.get(authorityId);
    const readAtMs = clock();
    if (known !== undefined && Math.abs(readAtMs - known.readAtMs) < HELD_MS) return known;
    let record: OcspResponderRecord | null;
    try {
      record = await store.find(authorityId);
    } catch (error) {
      if (known !== undefined) return known;
      throw error;
    }
    const opened =
      known !== undefined && known.failure === null && isSame(known.record, record)
        ? known
        : await openRecord(record);
    const now = { ...opened, record, readAtMs };
    held.set(authorityId, now);
    return now;
  }

  async function openRecord(
    record: OcspResponderRecord | null,
  ): Promise<Pick<Held, 'delegated' | 'failure'>> {
    if (record === null) return { delegated: null, failure: null };
    try {
      const pkcs8Der = await sealer.open(responderRecordId(record.authorityId), record.sealedKey);
      const signer = await importSigner(encodePem('PRIVATE KEY', pkcs8Der));
      const { notAfterSeconds } = parseCertificate(record.certificateDer);
      const frame = await createFrame(signer, record.certificateDer);
      return { delegated: { signer, frame, notAfterSeconds }, failure: null };
    } catch (failure) {
      if (failure instanceof SignetError) return { delegated: null, failure };
      throw failure;
    }
  }

  async function openOwn(authority: Authority): Promise<OcspSigner | null> {
    const known = own.get(authority);
    if (known !== undefined) return known;
    const { crlSigner: signer, notAfterSeconds } = authority;
    if (signer === null) return null;
    // The response contains its certificate, because nginx and GnuTLS look for the signer only there.
    const frame = await createFrame(signer, authority.certificateDer);
    const opened = { signer, frame, notAfterSeconds };
    own.set(authority, opened);
    return opened;
  }

  return {
    async open(authority) {
      const { delegated, record, failure } = await findHeld(authority.generationId);
      const nowSeconds = Math.floor(clock() / 1000);
      if (
        delegated !== null &&
        record !== null &&
        record.notBeforeSeconds <= nowSeconds &&
        nowSeconds < record.notAfterSeconds
      ) {
        return delegated;
      }
      const opened = await openOwn(authority);
      if (opened !== null) return opened;
      throw new SignetError(
        'authority-unavailable',
        'OCSP responses of this authority cannot be signed at present. The operator finds the cause in the log.',
        { cause: failure ?? describeLack(authority, record) },
      );
    },
    evict(authorityId) {
      held.delete(authorityId);
    },
  };
}

function describeLack(
  { generationId: id, signing }: Authority,
  record: OcspResponderRecord | null,
): string | Error {
  const lack =
    record === null ? 'has no OCSP responder' : 'has an OCSP responder that is not valid now';
  const cause = 'refusal' in signing ? signing.refusal : undefined;
  return new Error(`authority '${id}' ${lack}, and its own key is missing`, { cause });
}

function isSame(a: OcspResponderRecord | null, b: OcspResponderRecord | null): boolean {
  if (a === null || b === null) return a === b;
  return a.sealedKey === b.sealedKey && equalBytes(a.certificateDer, b.certificateDer);
}

async function createFrame(
  { publicKey, signatureAlgorithmDer }: Signer,
  certificateDer: Uint8Array,
): Promise<OcspFrame> {
  const keyHash = await crypto.subtle.digest('SHA-1', publicKey.subjectPublicKey);
  return encodeOcspFrame(new Uint8Array(keyHash), signatureAlgorithmDer, certificateDer);
}
