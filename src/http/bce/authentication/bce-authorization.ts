import { SignetError } from '../../../errors.ts';

/** The parts of the Authorization header of bce-auth-v1. */
export interface BceAuthorization {
  /** Everything in front of the list of signed headers. The signing key is derived from it. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly signedAtSeconds: number;
  readonly validForSeconds: number;
  /** Names in lower case; null if the list is empty, which stands for default headers. */
  readonly signedHeaders: readonly string[] | null;
  readonly signature: string;
}

/** Clients written from a copy of the document without capitals write the time with t and z. */
const FORM =
  /^(bce-auth-v1\/([^/\s]{1,128})\/(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d[Zz])\/(\d{1,9}))\/([^/\s]{0,2048})\/([^/\s]{1,128})$/;
/** A field name (RFC 9110 section 5.1). */
const FIELD_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/**
 * Reads `bce-auth-v1/{accessKeyId}/{timestamp}/{seconds valid}/{signed headers}/{signature}`.
 * @throws SignetError malformed-authorization
 */
export function parseBceAuthorization(authorization: string): BceAuthorization {
  const [, prefix, accessKeyId, timestamp, seconds, list, signature] =
    FORM.exec(authorization.trim()) ?? [];
  if (
    prefix === undefined ||
    accessKeyId === undefined ||
    timestamp === undefined ||
    list === undefined ||
    signature === undefined
  ) {
    throw malformed(
      'The Authorization header must be bce-auth-v1/{access key id}/{yyyy-MM-ddTHH:mm:ssZ}/{seconds valid}/{signed headers}/{signature}.',
    );
  }
  return {
    prefix,
    accessKeyId,
    signedAtSeconds: parseTimestamp(timestamp.toUpperCase()),
    validForSeconds: Number(seconds),
    signedHeaders: list === '' ? null : parseSignedHeaders(list),
    signature,
  };
}

function parseTimestamp(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text.replace('Z', '.000Z')) {
    throw malformed(`The time ${text} in the Authorization header does not exist.`);
  }
  return ms / 1000;
}

function parseSignedHeaders(list: string): readonly string[] {
  const names = list.toLowerCase().split(';');
  if (!names.every((name) => FIELD_NAME.test(name))) {
    throw malformed('The list of signed headers contains an invalid header name.');
  }
  if (new Set(names).size !== names.length) {
    throw malformed('The list of signed headers contains a header twice.');
  }
  if (!names.includes('host')) {
    throw malformed('The header Host must be among the signed headers.');
  }
  return names;
}

function malformed(message: string): SignetError {
  return new SignetError('malformed-authorization', message, { field: 'Authorization' });
}
