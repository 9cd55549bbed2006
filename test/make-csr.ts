/**
 * Makes CSRs (RFC 2986) with WebCrypto only. It shares no code with src/ and can write names that
 * other tools refuse. It runs in workerd and in Node, which lacks toBase64 and fromHex before
 * version 25.
 */

export interface CsrOptions {
  /** Attributes of the subject in order, one RDN each. The default is an empty subject. */
  readonly subject?: readonly SubjectAttribute[];
  /** The DER of each GeneralName. */
  readonly subjectAltNames?: readonly Uint8Array[];
  /** The DER of each further Extension. */
  readonly extensions?: readonly Uint8Array[];
  /** A new P-256 key pair by default. */
  readonly keyPair?: KeyPair;
}

export interface SubjectAttribute {
  /** The last arc of id-at: 3 for CN, 10 for O. */
  readonly arc: number;
  /** UTF8String by default. */
  readonly tag?: number;
  readonly value: string | Uint8Array;
}

const CN = 3;
const UTF8_STRING = 0x0c;
/** The AlgorithmIdentifier of ecdsa-with-SHA256. */
const ECDSA_SHA256 = Uint8Array.of(0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2);
const EXTENSION_REQUEST = Uint8Array.of(6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 14);
const SUBJECT_ALT_NAME = Uint8Array.of(6, 3, 0x55, 0x1d, 0x11);

export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = contents.reduce((sum, { length }) => sum + length, 0);
  const octets = [length >> 16, (length >> 8) & 0xff, length & 0xff];
  while (octets.length > 1 && octets[0] === 0) octets.shift();
  const header = length < 0x80 ? [tag, length] : [tag, 0x80 + octets.length, ...octets];
  return join([Uint8Array.from(header), ...contents]);
}

export function commonName(value: string | Uint8Array, tag = UTF8_STRING): SubjectAttribute {
  return { arc: CN, tag, value };
}

export function dnsName(name: string | Uint8Array): Uint8Array {
  return der(0x82, toBytes(name));
}

export type KeyPair = Awaited<ReturnType<typeof makeKeyPair>>;

export async function makeKeyPair() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('generateKey returned no key pair');
  return pair;
}

export async function makeCsrDer(options: CsrOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const keyPair = options.keyPair ?? (await makeKeyPair());
  const spki = await crypto.subtle.exportKey('spki', keyPair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('spki export is not bytes');
  const info = der(
    0x30,
    Uint8Array.of(2, 1, 0),
    der(0x30, ...(options.subject ?? []).map(encodeAttribute)),
    new Uint8Array(spki),
    der(0xa0, ...encodeAttributes(options.subjectAltNames ?? [], options.extensions ?? [])),
  );
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    keyPair.privateKey,
    info,
  );
  const bits = der(0x03, Uint8Array.of(0), encodeSignature(new Uint8Array(signature)));
  return der(0x30, info, ECDSA_SHA256, bits);
}

export async function makeCsrPem(options: CsrOptions = {}): Promise<string> {
  return toPem('CERTIFICATE REQUEST', await makeCsrDer(options));
}

export function toPem(label: string, bytes: Uint8Array): string {
  const binary = bytes.reduce((text, byte) => text + String.fromCharCode(byte), '');
  const lines = btoa(binary).match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function encodeAttribute({ arc, tag = UTF8_STRING, value }: SubjectAttribute): Uint8Array {
  const type = Uint8Array.of(0x06, 0x03, 0x55, 0x04, arc);
  return der(0x31, der(0x30, type, der(tag, toBytes(value))));
}

function encodeAttributes(
  names: readonly Uint8Array[],
  others: readonly Uint8Array[],
): Uint8Array[] {
  const subjectAltName = () => der(0x30, SUBJECT_ALT_NAME, der(0x04, der(0x30, ...names)));
  const extensions = [...(names.length === 0 ? [] : [subjectAltName()]), ...others];
  if (extensions.length === 0) return [];
  return [der(0x30, EXTENSION_REQUEST, der(0x31, der(0x30, ...extensions)))];
}

/** Converts r || s to Ecdsa-Sig-Value (RFC 3279 section 2.2.3). */
function encodeSignature(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  return der(
    0x30,
    encodeUnsigned(signature.subarray(0, half)),
    encodeUnsigned(signature.subarray(half)),
  );
}

function encodeUnsigned(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = bytes.subarray(start);
  return der(0x02, ...((digits[0] ?? 0) >= 0x80 ? [Uint8Array.of(0)] : []), digits);
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value;
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
