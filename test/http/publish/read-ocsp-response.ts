import {
  type DerElement,
  readBitStringBytes,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../../src/asn1/der.ts';
import { decodeTime } from '../../../src/asn1/time.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { parsePublicKey } from '../../../src/x509/keys/public-key.ts';
import {
  parseSignatureAlgorithm,
  verifySignature,
} from '../../../src/x509/keys/verify-signature.ts';

export interface ReadSingle {
  readonly certIdHex: string;
  readonly status: 'good' | 'revoked' | 'unknown';
  readonly revokedAtSeconds: number | null;
  readonly reason: number | null;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly archiveCutoffSeconds: number | null;
}

export interface ReadOcspResponse {
  /** OCSPResponseStatus. If it is not 0, the other fields are empty. */
  readonly status: number;
  readonly keyHashHex: string;
  readonly producedAtSeconds: number;
  readonly singles: readonly ReadSingle[];
  /** The extnValue. */
  readonly nonceHex: string | null;
  readonly certificates: readonly Certificate[];
  /** Verifies the signature with a SubjectPublicKeyInfo. */
  isSignedBy(spkiDer: Uint8Array): Promise<boolean>;
}

const NONCE_OID = '1.3.6.1.5.5.7.48.1.2';
const ARCHIVE_CUTOFF_OID = '1.3.6.1.5.5.7.48.1.6';
const STATUS = new Map<number, ReadSingle['status']>([
  [0x80, 'good'],
  [0xa1, 'revoked'],
  [0x82, 'unknown'],
]);

function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the OCSP response lacks a field');
  return value;
}

function readExtensions(wrapped: DerElement | undefined): Map<string, Uint8Array> {
  if (wrapped === undefined) return new Map();
  return new Map(
    readChildren(readOnly(wrapped.content, TAG.sequence).content).map((extension) => {
      const parts = readChildren(extension.content);
      return [readObjectIdentifier(need(parts[0])), need(parts.at(-1)).content];
    }),
  );
}

function readSingle({ content }: DerElement): ReadSingle {
  const [certId, status, thisUpdate, nextUpdate, extensions] = readChildren(content);
  const kind = need(STATUS.get(need(status).tag));
  const [revokedAt, reason] = kind === 'revoked' ? readChildren(need(status).content) : [];
  const cutoff = readExtensions(extensions).get(ARCHIVE_CUTOFF_OID);
  return {
    certIdHex: need(certId).bytes.toHex(),
    status: kind,
    revokedAtSeconds: revokedAt === undefined ? null : decodeTime(revokedAt),
    reason: reason === undefined ? null : need(readOnly(reason.content, TAG.enumerated).content[0]),
    thisUpdateSeconds: decodeTime(need(thisUpdate)),
    nextUpdateSeconds: decodeTime(readOnly(need(nextUpdate).content, TAG.generalizedTime)),
    archiveCutoffSeconds:
      cutoff === undefined ? null : decodeTime(readOnly(cutoff, TAG.generalizedTime)),
  };
}

/** Reads an OCSPResponse strictly. Refuses everything that the Worker never writes. */
export function readOcspResponse(responseDer: Uint8Array): ReadOcspResponse {
  const [statusElement, bytes] = readChildren(readOnly(responseDer, TAG.sequence).content);
  const status = need(need(statusElement).content[0]);
  if (bytes === undefined) {
    return {
      status,
      keyHashHex: '',
      producedAtSeconds: 0,
      singles: [],
      nonceHex: null,
      certificates: [],
      isSignedBy: async () => false,
    };
  }
  const [type, octets] = readChildren(readOnly(bytes.content, TAG.sequence).content);
  if (readObjectIdentifier(need(type)) !== '1.3.6.1.5.5.7.48.1.1') throw new Error('not basic');
  const [data, algorithm, signature, certs] = readChildren(
    readOnly(need(octets).content, TAG.sequence).content,
  );
  const [responderId, producedAt, responses, extensions] = readChildren(need(data).content);
  if (need(responderId).tag !== 0xa2) throw new Error('the responder is not named by key');
  return {
    status,
    keyHashHex: readOnly(need(responderId).content, TAG.octetString).content.toHex(),
    producedAtSeconds: decodeTime(need(producedAt)),
    singles: readChildren(need(responses).content).map(readSingle),
    nonceHex: readExtensions(extensions).get(NONCE_OID)?.toHex() ?? null,
    certificates:
      certs === undefined
        ? []
        : readChildren(readOnly(certs.content, TAG.sequence).content).map(({ bytes: der }) =>
            parseCertificate(der),
          ),
    isSignedBy: (spkiDer) =>
      verifySignature(
        parsePublicKey(spkiDer),
        parseSignatureAlgorithm(need(algorithm).bytes),
        need(data).bytes,
        readBitStringBytes(need(signature)),
      ),
  };
}
