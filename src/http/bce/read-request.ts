import { SignetError } from '../../errors.ts';
import type { HttpContext } from '../context.ts';
import { readRequestBody } from '../middleware/read-body.ts';
import { type Manner, readManner } from './answer.ts';
import { bceErrorsIn } from './errors.ts';
import { decodeFields, type Fields, readNumber, readText, requireText } from './fields.ts';
import { readSpelling } from './spelling.ts';

export interface BceRequestBody {
  readonly fields: Fields;
  readonly manner: Manner;
}

/**
 * Reads the fields of a request. From here on, errors have the spelling of the body too.
 * @throws SignetError malformed-request, request-too-large
 */
export async function readRequest(c: HttpContext): Promise<BceRequestBody> {
  const fields = decodeFields(await readRequestBody(c));
  const manner = readManner(c);
  const spelling = readSpelling(fields.names, manner.spelling);
  c.set('errorForm', bceErrorsIn(spelling));
  return { fields, manner: { ...manner, spelling } };
}

/**
 * The fields of create and replace, except the name.
 * @throws SignetError malformed-request, invalid-parameter
 */
export function readUploadFields(fields: Fields) {
  return {
    type: readType(fields),
    certificate: requireText(fields, 'certServerData'),
    privateKey: readUnlessEmpty(fields, 'certPrivateData'),
    chain: readUnlessEmpty(fields, 'certLinkData'),
    uploadPublicKey: readUnlessEmpty(fields, 'uploadPublicKey'),
  };
}

function readType(fields: Fields): 1 | 2 {
  const type = readNumber(fields, 'certType') ?? 1;
  if (type === 1 || type === 2) return type;
  throw new SignetError('invalid-parameter', "'certType' must be 1 (server) or 2 (client).", {
    field: 'certType',
  });
}

/**
 * Null if the field is missing or blank: clients with typed models send an empty string for a field
 * that they do not have.
 * @throws SignetError malformed-request if it is not a string
 */
export function readUnlessEmpty(fields: Fields, name: string): string | null {
  const text = readText(fields, name);
  return text === null || text.trim() === '' ? null : text;
}
