import { ByteSource } from '../../../src/net/byte-source.ts';
import { readHttpMessage } from '../../../src/net/http-message.ts';
import { NetworkError } from '../../../src/net/network-error.ts';
import { assertSame, assertTrue, attemptAsync } from '../oracle.ts';

const LIMIT = 64 * 1024;

export async function fuzz(data: Buffer): Promise<void> {
  const whole = await read(data, data.length + 1);
  if (whole !== null) {
    assertTrue('status', whole.status >= 200 && whole.status <= 999);
    assertTrue('a body of its own', whole.body.length <= data.length);
    assertTrue('one line', !/[\r\n]/.test(whole.location?.slice(0, -1) ?? ''));
  }
  assertSame('in pieces', await read(data, 3), whole);
}

function read(data: Buffer, piece: number) {
  let offset = 0;
  const readPiece = async () => {
    if (offset >= data.length) return null;
    offset += piece;
    return new Uint8Array(data.subarray(offset - piece, offset));
  };
  return attemptAsync(
    () => readHttpMessage(new ByteSource(readPiece, LIMIT, 'response')),
    NetworkError,
  );
}
