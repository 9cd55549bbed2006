import {
  encodeBitString,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  TAG,
} from '../../src/asn1/der.ts';
import { nextCursor } from '../../src/http/api/common/query.ts';
import { loosenDer } from './ber.ts';
import { certificateSeeds, ocspSeeds, publicKeySeeds } from './fixture-seeds.ts';
import { TEST_KEYS } from './test-keys.ts';

/** Seeds that the test keys sign: for JWS, OCSP by GET, responders and CRLs. */

export function jwsSeeds(): Uint8Array[] {
  const { p256, p384, p521, ed25519, rsa } = TEST_KEYS;
  const url = 'https://ca.test/x';
  const algorithms = [
    ['ES256', 0, p256],
    ['ES384', 1, p384],
    ['ES512', 2, p521],
    ['EdDSA', 3, ed25519],
    ['RS256', 4, rsa],
    ['RS384', 4, rsa],
    ['RS512', 4, rsa],
    ['PS256', 5, rsa],
    ['PS384', 5, rsa],
    ['PS512', 4, rsa],
  ] as const;
  const payload = JSON.stringify({ certificate: 'MAA', reason: 'superseded' });
  const encode = (text: string) => Buffer.from(text).toString('base64url');
  return algorithms.flatMap(([alg, index, { jwk }]) => {
    const headers = [
      { alg, url },
      { alg, url, jwk },
      { alg, url, jwk, crit: ['b64'] },
    ];
    const lines = headers.map((header) => JSON.stringify(header));
    const choice = String.fromCharCode(index);
    const [first = ''] = lines;
    const body = { protected: encode(first), payload: encode(payload), signature: encode(first) };
    return [
      ...lines.flatMap((line) => [
        Buffer.from(`${choice}${line}\n\n${payload}`),
        Buffer.from(`${choice}${line}\n\0\x01\n${payload}`),
      ]),
      // The smallest multiple of the number of keys above 0x80.
      Buffer.concat([Buffer.of(0x84 + index), Buffer.from(JSON.stringify(body))]),
    ];
  });
}

export function jwkSeeds(): Uint8Array[] {
  // An RSA key whose exponent is zero.
  const zero = Buffer.from('301b300d06092a864886f70d0101010500030a00300702020202020100', 'hex');
  return [...publicKeySeeds(), zero];
}

/** Returns responder certificates, each with its private key; some lack something. */
export function responderSeeds(): Uint8Array[] {
  const keys = Object.values(TEST_KEYS);
  const algorithms = ['300506032b6570', '300a06082a8648ce3d040302', '300a06082a8648ce3d040303'];
  const own = keys.flatMap(({ spkiDer }, index) =>
    algorithms.map((hex) => {
      const der = encodeResponder(spkiDer, Buffer.from(hex, 'hex'));
      return { choice: index, der };
    }),
  );
  const others = certificateSeeds().map((der, index) => ({ choice: index % keys.length, der }));
  const all = own.flatMap(({ choice, der }) => [
    { choice, der },
    { choice, der: loosenDer(der) },
    { choice: 0x80 + choice, der },
  ]);
  return [...all, ...others].map(({ choice, der }) => Buffer.concat([Buffer.of(choice), der]));
}

function encodeResponder(spkiDer: Uint8Array, algorithmDer: Uint8Array): Uint8Array {
  const name = (text: string) =>
    encodeSequence(
      encodeElement(
        0x31,
        encodeSequence(encodeObjectIdentifier('2.5.4.3'), encodeElement(0x0c, Buffer.from(text))),
      ),
    );
  const extension = (oid: string, value: Uint8Array) =>
    encodeSequence(encodeObjectIdentifier(oid), encodeElement(TAG.octetString, value));
  const time = (text: string) => encodeElement(0x17, Buffer.from(text));
  const tbs = encodeSequence(
    encodeElement(0xa0, encodeUnsignedInteger(Buffer.of(2))),
    encodeUnsignedInteger(Buffer.of(77)),
    algorithmDer,
    name('Root'),
    encodeSequence(time('260101000000Z'), time('361231235959Z')),
    name('Responder'),
    spkiDer,
    encodeElement(
      0xa3,
      encodeSequence(
        extension('2.5.29.15', Buffer.from('03020780', 'hex')),
        extension('2.5.29.37', encodeSequence(encodeObjectIdentifier('1.3.6.1.5.5.7.3.9'))),
        extension('1.3.6.1.5.5.7.48.1.5', Buffer.of(5, 0)),
      ),
    ),
  );
  return encodeSequence(tbs, algorithmDer, encodeBitString(Buffer.alloc(64, 1)));
}

/** The first byte selects the spelling (ocsp-path.ts); 0xff takes the rest as the path itself. */
export function ocspPathSeeds(): Uint8Array[] {
  const requests = ocspSeeds().filter((der) => der.length < 300);
  return requests.flatMap((der, index) => {
    const base64 = Buffer.from(der).toString('base64');
    const url = Buffer.from(der).toString('base64url');
    const paths = [base64, encodeURIComponent(base64), url, `/${base64.replaceAll('+', ' ')}`];
    const path = Buffer.from(paths[index % paths.length] ?? '');
    return [Buffer.concat([Buffer.of(index % 8), der]), Buffer.concat([Buffer.of(0xff), path])];
  });
}

export function pemPieceSeeds(): Uint8Array[] {
  return [0, 1, 47, 48, 49, 96, 500].flatMap((length) => [
    Buffer.concat([Buffer.of(0), Buffer.alloc(length, 7)]),
    Buffer.concat([Buffer.of(3, 1, 0, 48), Buffer.alloc(length, 7)]),
    Buffer.concat([Buffer.of(2, 47, 50), Buffer.alloc(length, 0xfb)]),
  ]);
}

export function cursorSeeds(): Uint8Array[] {
  const ids = ['a', '4f2a91', 'Schlüssel', 'x'.repeat(280)];
  return ids.flatMap((id) => {
    const cursor = nextCursor({ items: [], nextAfterId: id }, 'certificates') ?? '';
    return [
      Buffer.from(`\0?limit=10&cursor=${cursor}`),
      Buffer.from(`\x01${cursor}`),
      Buffer.from(`\x02${id}`),
    ];
  });
}
