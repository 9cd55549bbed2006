/** What the Worker made: an object of the run, with all that a tool needs to judge it. */
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

/** Of the CA whose key signed the object. */
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

/** What a relying party would ask for. */
export type Purpose = 'server' | 'client' | 'responder' | 'any';

interface ObjectBase {
  /** Unlike any other's in a run; also the stem of its file. */
  readonly name: string;
  /** Of every key between the object and the root. */
  readonly caAlgorithm: KeyAlgorithm;
  readonly path: string;
}

export interface CertificateObject extends ObjectBase {
  readonly form: 'certificate';
  readonly kind: (typeof CERTIFICATE_KINDS)[number];
  readonly keyAlgorithm: KeyAlgorithm;
  readonly purpose: Purpose;
  readonly pem: string;
  /** Between it and the root, its issuer first; PEM. */
  readonly intermediates: readonly string[];
  readonly rootPem: string;
  /** The lists that its distribution point and those above it name, PEM, as they were at the end. */
  readonly lists: readonly string[];
  /** The complete lists of the same CAs, where those are others. */
  readonly completeLists: readonly string[];
  /** That of the root, complete: no certificate names it, and who checks the root too asks for it. */
  readonly rootLists: readonly string[];
  /** Where its authority answers by OCSP; null where it says nothing of that. */
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
  /** What it was asked about, as `openssl ocsp` takes it. */
  readonly question: readonly string[];
  readonly expected: 'good' | 'revoked' | 'unknown';
  /** Of the CA that it answers for, and of the root above; PEM. */
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

/** Whether it is in the run as itself already, judged there below its own root. */
export function isWayAround(object: ConformanceObject): boolean {
  return object.kind === 'leaf by cross certificate';
}
