import { expect, it } from 'vitest';
import { encodePem, parsePem } from '../../src/asn1/pem.ts';
import { readPem } from '../../src/console/parts/read-pem.ts';

const DER = new Uint8Array([0x30, 0x03, 0x02, 0x01, 0xff]);
const toBytes = (text: string) => new TextEncoder().encode(text);

it('takes PEM as it is', () => {
  const pem = `0 comment\n${encodePem('CERTIFICATE', DER)}`;
  expect(readPem(toBytes(pem), 'PRIVATE KEY')).toBe(pem);
});

it('writes DER as PEM', () => {
  const [block] = parsePem(readPem(DER, 'CERTIFICATE'));
  expect(block).toMatchObject({ label: 'CERTIFICATE', der: DER });
});

it('leaves other text to the server', () => {
  expect(readPem(toBytes('MIIB'), 'CERTIFICATE')).toBe('MIIB');
});
