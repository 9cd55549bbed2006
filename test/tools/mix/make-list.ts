import { generateKeyPairSync, sign } from 'node:crypto';
import type { ListIssuer } from '../../../tools/mix/read-list.ts';
import { der } from '../../make-csr.ts';

export interface ListMaker extends ListIssuer {
  /** Makes a signed CRL. @param serials each one byte in hex, below 80 */
  make(number: number, serials: readonly string[], extras?: ListExtras): Buffer;
}

export interface ListExtras {
  readonly baseNumber?: number;
  readonly distributionPoint?: string;
  /** The address of its delta. */
  readonly freshest?: string;
  /** Serial numbers of entries with the reason removeFromCRL. */
  readonly released?: readonly string[];
}

const ECDSA_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex');
const TIME = der(0x17, Buffer.from('261122000000Z'));

/** Makes an authority that encodes and signs CRLs independently of src/. */
export function createListMaker(name: string): ListMaker {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const text = der(0x0c, Buffer.from(name));
  const commonNameOid = Buffer.from('0603550403', 'hex');
  const subjectDer = Buffer.from(der(0x30, der(0x31, der(0x30, commonNameOid, text))));
  return {
    subjectDer,
    publicKey,
    make(number, serials, { baseNumber, distributionPoint, freshest, released = [] } = {}) {
      const entries = [
        ...serials.map((serial) => encodeEntry(serial)),
        ...released.map((serial) => encodeEntry(serial, 8)),
      ];
      const extensions = [
        encodeExtension('0603551d14', encodeNumber(number)),
        ...(baseNumber === undefined
          ? []
          : [encodeExtension('0603551d1b', encodeNumber(baseNumber))]),
        ...(distributionPoint === undefined
          ? []
          : [encodeExtension('0603551d1c', encodeDistributionPoint(distributionPoint))]),
        ...(freshest === undefined
          ? []
          : [encodeExtension('0603551d2e', der(0x30, encodeDistributionPoint(freshest)))]),
      ];
      const tbs = der(
        0x30,
        ...[Uint8Array.of(2, 1, 1), ECDSA_SHA256, subjectDer, TIME, TIME],
        ...(entries.length === 0 ? [] : [der(0x30, ...entries)]),
        der(0xa0, der(0x30, ...extensions)),
      );
      const signature = sign('sha256', tbs, privateKey);
      return Buffer.from(der(0x30, tbs, ECDSA_SHA256, der(0x03, Uint8Array.of(0), signature)));
    },
  };
}

function encodeEntry(serial: string, reason?: number): Uint8Array {
  const fields = [der(0x02, Buffer.from(serial, 'hex')), TIME];
  if (reason === undefined) return der(0x30, ...fields);
  const code = encodeExtension('0603551d15', Uint8Array.of(0x0a, 1, reason));
  return der(0x30, ...fields, der(0x30, code));
}

function encodeExtension(oidHex: string, value: Uint8Array): Uint8Array {
  return der(0x30, Buffer.from(oidHex, 'hex'), der(0x04, value));
}

function encodeNumber(number: number): Uint8Array {
  return der(0x02, Uint8Array.of(number >> 8, number & 0xff));
}

function encodeDistributionPoint(url: string): Uint8Array {
  return der(0x30, der(0xa0, der(0xa0, der(0x86, Buffer.from(url)))));
}
