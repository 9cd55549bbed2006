import { SignetError } from '../../errors.ts';
import { type Fields, readNumber, readText, requireText } from './fields.ts';

/** What create and replace take beside the name. @throws SignetError malformed-request, invalid-parameter */
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
 * Null where it is missing or blank: clients with typed models send an empty text for what they have
 * not.
 * @throws SignetError malformed-request where it is no string
 */
export function readUnlessEmpty(fields: Fields, name: string): string | null {
  const text = readText(fields, name);
  return text === null || text.trim() === '' ? null : text;
}
