import { dropZeroBytes, hasPemBlock, type PemBlock, PemError, parsePem } from '../asn1/pem.ts';
import { readPemText } from '../asn1/pem-or-der.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';

/** A field of an upload, and the error code for malformed contents. */
export interface Field {
  readonly code: Extract<
    SignetErrorCode,
    'malformed-certificate' | 'malformed-chain' | 'malformed-key' | 'invalid-parameter'
  >;
  readonly field: 'certificate' | 'chain' | 'privateKey' | 'uploadPublicKey';
  /** Its name in messages. */
  readonly label: string;
  readonly maxCharacters: number;
}

export type FieldContent =
  | { readonly form: 'pem'; readonly text: string }
  | { readonly form: 'der'; readonly der: Uint8Array };

const BEGIN = '-----BEGIN ';

/**
 * Reads a field that holds PEM, base64 of PEM, or base64 of DER.
 * @throws SignetError with the field's code if it is empty, too large or none of these
 */
export function readField(field: Field, text: string): FieldContent {
  if (text.length > field.maxCharacters) {
    throw refuseField(field, `It is too large: the limit is ${field.maxCharacters} characters.`);
  }
  if (text.trim() === '') throw refuseField(field, 'It is empty.');
  if (hasPemBlock(text)) return { form: 'pem', text };
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch (error) {
    throw refuseField(field, 'It is neither PEM nor base64 of DER.', error);
  }
  return readBytes(bytes);
}

/** Does the same for bytes that are DER or PEM. */
export function readBytes(bytes: Uint8Array): FieldContent {
  const text = readPemText(bytes);
  return text === null ? { form: 'der', der: bytes } : { form: 'pem', text };
}

/** Counts the PEM blocks in a text, and stops after one more than `most`. */
export function countPemBlocks(given: string, most: number): number {
  const text = dropZeroBytes(given);
  let count = 0;
  for (let at = text.indexOf(BEGIN); at >= 0 && count <= most; at = text.indexOf(BEGIN, at + 1)) {
    count++;
  }
  return count;
}

/** Parses PEM. @throws SignetError with the field's code if the PEM is malformed */
export function readPemBlocks(field: Field, text: string): readonly PemBlock[] {
  try {
    return parsePem(text);
  } catch (error) {
    if (error instanceof PemError)
      throw refuseField(field, `The PEM is malformed: ${error.message}.`);
    throw error;
  }
}

export function refuseField(field: Field, reason: string, cause?: unknown): SignetError {
  return new SignetError(field.code, `${field.label} cannot be used. ${reason}`, {
    field: field.field,
    ...(cause === undefined ? {} : { cause }),
  });
}
