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
  /** From when on a job replaces it; null for one that was uploaded. */
  readonly renewFromSeconds: number | null;
  readonly createdAtMs: number;
}

/** What the sealed key of a responder is bound to. */
export function responderRecordId(authorityId: string): string {
  return `ocsp-responder:${authorityId}`;
}

/** Who signs, with all that is the same in its answers. */
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
   * The delegated responder where there is one that is valid, else the authority's own key: also
   * one that is disabled or revoked tells of what it issued.
   * @throws SignetError authority-unavailable, record-unavailable
   */
  open(authority: Authority): Promise<OcspSigner>;
  /** Forgets what is held of an authority's responder, after it was changed. */
  forget(authorityId: string): void;
}

/** How long an isolate goes on without looking whether another one changed a responder. */
const HELD_MS = 60_000;

interface Held {
  readonly record: OcspResponderRecord | null;
  /** Null where there is no responder, or its key does not open. */
  readonly delegated: OcspSigner | null;
  /** Why its key does not open. */
  readonly failure: unknown;
  readonly readAtMs: number;
}

export function createOcspSigners({ store, sealer, clock }: OcspSignerDependencies): OcspSigners {
  const held = new Map<string, Held>();
  /** By authority as it was opened: another certificate or key is another authority object. */
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
    // Its certificate goes with the answer: nginx and GnuTLS find who signed nowhere else.
    const frame = await createFrame(signer, authority.certificateDer);
    const opened = { signer, frame, notAfterSeconds };
    own.set(authority, opened);
    return opened;
  }

  return {
    async open(authority) {
      const { delegated, record, failure } = await findHeld(authority.id);
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
        'Nobody can sign OCSP answers of this authority at present. Its operator finds the cause in the log.',
        { cause: failure ?? describeLack(authority, record) },
      );
    },
    forget(authorityId) {
      held.delete(authorityId);
    },
  };
}

function describeLack(
  { id, signing }: Authority,
  record: OcspResponderRecord | null,
): string | Error {
  const lack =
    record === null ? 'has no OCSP responder' : 'has an OCSP responder that is not valid now';
  const cause = 'refusal' in signing ? signing.refusal : undefined;
  return new Error(`authority '${id}' ${lack}, and its own key is not there`, { cause });
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
