import { describe, expect, it } from 'vitest';
import { DerError } from '../../../src/asn1/der.ts';
import { SignetError } from '../../../src/errors.ts';
import { parsePssParameters } from '../../../src/x509/keys/pss-parameters.ts';
import { der } from '../../make-csr.ts';

const oid = (hex: string) => der(0x06, Uint8Array.fromHex(hex));
const NULL = der(0x05);
const SHA256 = oid('608648016503040201');
const SHA384 = oid('608648016503040202');
const SHA1 = oid('2b0e03021a');
const MGF1 = oid('2a864886f70d010108');

const hash = der(0xa0, der(0x30, SHA256, NULL));
const mask = der(0xa1, der(0x30, MGF1, der(0x30, SHA256, NULL)));
const salt = (...bytes: number[]) => der(0xa2, der(0x02, Uint8Array.from(bytes)));
const trailer = (value: number) => der(0xa3, der(0x02, Uint8Array.of(value)));
const parameters = (...fields: Uint8Array[]) => der(0x30, ...fields);

function kindOf(value: Uint8Array): string {
  try {
    parsePssParameters(value);
  } catch (error) {
    if (error instanceof SignetError) return error.code;
    if (error instanceof DerError) return 'DerError';
    throw error;
  }
  return 'accepted';
}

describe('parsePssParameters', () => {
  it.each([
    ['all fields', parameters(hash, mask, salt(32), trailer(1)), 32],
    ['no trailer', parameters(hash, mask, salt(32)), 32],
    ['the default salt', parameters(hash, mask), 20],
    ['no salt at all', parameters(hash, mask, salt(0)), 0],
    [
      'hashes without NULL',
      parameters(der(0xa0, der(0x30, SHA256)), der(0xa1, der(0x30, MGF1, der(0x30, SHA256)))),
      20,
    ],
  ])('reads %s', (_name, value, saltLength) => {
    expect(parsePssParameters(value)).toEqual({ hash: 'SHA-256', saltLength });
  });

  it.each([
    ['nothing, which means SHA-1', parameters()],
    ['SHA-1', parameters(der(0xa0, der(0x30, SHA1, NULL)), mask)],
    ['another hash in the mask', parameters(der(0xa0, der(0x30, SHA384, NULL)), mask)],
    ['no mask', parameters(hash, salt(32))],
    ['another mask', parameters(hash, der(0xa1, der(0x30, SHA256, der(0x30, SHA256))))],
    ['a mask that is a SET', parameters(hash, der(0xa1, der(0x31, MGF1, der(0x30, SHA256))))],
    [
      'a mask of three parts',
      parameters(hash, der(0xa1, der(0x30, MGF1, der(0x30, SHA256), NULL))),
    ],
    ['a long salt', parameters(hash, mask, salt(1, 0, 0))],
    ['another trailer', parameters(hash, mask, trailer(2))],
  ])('refuses %s', (_name, value) => {
    expect(kindOf(value)).toBe('unsupported-algorithm');
  });

  it.each([
    ['the mask before the hash', parameters(mask, hash, salt(32))],
    ['the trailer before the salt', parameters(hash, mask, trailer(1), salt(32))],
    ['a field twice', parameters(hash, hash, mask)],
    ['an unknown field', parameters(hash, mask, der(0xa4, der(0x02, Uint8Array.of(1))))],
    ['a field that is none', parameters(hash, mask, der(0x02, Uint8Array.of(32)))],
    ['an empty field', parameters(hash, mask, der(0xa2))],
    ['a field of two parts', parameters(hash, mask, der(0xa2, NULL, NULL))],
    ['a hash that is a SET', parameters(der(0xa0, der(0x31, SHA256)), mask)],
    ['a hash with odd parameters', parameters(der(0xa0, der(0x30, SHA256, SHA256)), mask)],
    ['a hash of three parts', parameters(der(0xa0, der(0x30, SHA256, NULL, NULL)), mask)],
    ['a negative salt', parameters(hash, mask, salt(0xff))],
    ['no SEQUENCE', der(0x31, hash, mask)],
  ])('finds %s malformed', (_name, value) => {
    expect(kindOf(value)).toBe('DerError');
  });
});
