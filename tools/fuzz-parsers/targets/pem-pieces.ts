import { encodePem } from '../../../src/asn1/pem.ts';
import { encodePemPieces, pemLength } from '../../../src/asn1/pem-pieces.ts';
import { assertSame } from '../oracle.ts';
import { readLatin1, splitChoice } from '../text.ts';

const LABEL = 'X509 CRL';

/** The first byte is the number of piece lengths that follow; the rest is cut into such pieces. */
export async function fuzz(data: Buffer): Promise<void> {
  const { choice, rest } = splitChoice(data);
  const count = choice % 16;
  const lengths = [...rest.subarray(0, count)];
  const der = rest.subarray(count);
  const parts: Uint8Array[] = [];
  for await (const part of encodePemPieces(LABEL, cut(der, lengths))) parts.push(part);
  const text = Buffer.concat(parts);
  assertSame('in pieces', readLatin1(text), encodePem(LABEL, der));
  assertSame('length', pemLength(LABEL, der.length), text.length);
}

async function* cut(der: Uint8Array, lengths: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let round = 0; at < der.length; round++) {
    // Only empty pieces would never end.
    const isFirst = round < lengths.length;
    const length = Math.max(
      lengths[round % Math.max(lengths.length, 1)] ?? der.length,
      isFirst ? 0 : 1,
    );
    yield der.subarray(at, at + length);
    at += length;
  }
}
