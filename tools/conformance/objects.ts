/** An object that the Worker made, with everything that a tool needs to judge it. */
export type ConformanceObject = CertificateObject | ListObject | AnswerObject;

export const CERTIFICATE_KINDS = [
  'root',
  'issuing CA',
  'external CA',
  'cross certificate',
  'leaf',
  'leaf of special names',
  'revoked leaf',
  'leaf by cross certificate',
  'OCSP responder',
] as const;

export const LIST_KINDS = ['complete list', 'partition list', 'delta list'] as const;

export const ANSWER_KINDS = ['OCSP answer', 'delegated OCSP answer'] as const;

export const KINDS = [...CERTIFICATE_KINDS, ...LIST_KINDS, ...ANSWER_KINDS] as const;

export type Kind = (typeof KINDS)[number];

/** The key algorithm of the CA that signed the object. */
export const CA_ALGORITHMS = [
  'P-256',
  'P-384',
  'P-521',
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'Ed25519',
] as const;

export type KeyAlgorithm = (typeof CA_ALGORITHMS)[number];

/** The purpose for which a relying party checks the certificate. */
export type Purpose = 'server' | 'client' | 'responder' | 'any';

interface ObjectBase {
  /** Unique in a run; also the stem of its file name. */
  readonly name: string;
  /** Algorithms of all keys from the object to the root. */
  readonly caAlgorithm: KeyAlgorithm;
  readonly path: string;
}

export interface CertificateObject extends ObjectBase {
  readonly form: 'certificate';
  readonly kind: (typeof CERTIFICATE_KINDS)[number];
  readonly keyAlgorithm: KeyAlgorithm;
  readonly purpose: Purpose;
  readonly pem: string;
  /** The chain below the root in PEM, issuer first. */
  readonly intermediates: readonly string[];
  readonly rootPem: string;
  /** The CRLs in PEM that the distribution points of it and of its issuers name, as of the end. */
  readonly lists: readonly string[];
  /** The complete CRLs of the same CAs, if those are different. */
  readonly completeLists: readonly string[];
  /** The root's complete CRL. No certificate names it, but some tools check the root too. */
  readonly rootLists: readonly string[];
  /** The OCSP address in the certificate; null if it has none. */
  readonly ocspUrl: string | null;
}

export interface ListObject extends ObjectBase {
  readonly form: 'list';
  readonly kind: (typeof LIST_KINDS)[number];
  readonly pem: string;
  readonly issuerPem: string;
}

export interface AnswerObject extends ObjectBase {
  readonly form: 'answer';
  readonly kind: (typeof ANSWER_KINDS)[number];
  readonly der: Uint8Array;
  /** The certificate in question, as an option of `openssl ocsp`. */
  readonly question: readonly string[];
  readonly expected: 'good' | 'revoked' | 'unknown';
  /** Certificates of the CA that the response is about and of its root, in PEM. */
  readonly issuerPath: string;
  readonly rootPem: string;
}

export function isCertificate(object: ConformanceObject): object is CertificateObject {
  return object.form === 'certificate';
}

export function isList(object: ConformanceObject): object is ListObject {
  return object.form === 'list';
}

export function isAnswer(object: ConformanceObject): object is AnswerObject {
  return object.form === 'answer';
}

/** Returns whether the same certificate is also judged below its own root. */
export function isWayAround(object: ConformanceObject): boolean {
  return object.kind === 'leaf by cross certificate';
}
