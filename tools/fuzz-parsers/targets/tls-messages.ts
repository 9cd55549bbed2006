import { NetworkError } from '../../../src/net/network-error.ts';
import {
  parseCertificateMessage,
  parseCertificateRequest,
  parseEncryptedExtensions,
  parseServerHello,
  TLS_1_2,
  TLS_1_3,
} from '../../../src/net/tls/messages.ts';
import { assertTrue, attempt } from '../oracle.ts';

/** The first byte chooses the message. */
export function fuzz(data: Buffer): void {
  const body = data.subarray(1);
  switch ((data[0] ?? 0) % 4) {
    case 0: {
      const hello = attempt(() => parseServerHello(body), NetworkError);
      assertInside(hello?.keyShare?.publicBytes, body);
      assertInside(hello?.cookie, body);
      return;
    }
    case 1:
      attempt(() => parseEncryptedExtensions(body), NetworkError);
      return;
    case 2:
      for (const version of [TLS_1_2, TLS_1_3]) {
        assertInside(
          attempt(() => parseCertificateMessage(body, version), NetworkError),
          body,
        );
      }
      return;
    default:
      assertInside(
        attempt(() => parseCertificateRequest(body), NetworkError),
        body,
      );
  }
}

function assertInside(part: Uint8Array | null | undefined, whole: Buffer): void {
  if (part !== null && part !== undefined)
    assertTrue('a part of it', whole.includes(Buffer.from(part)));
}
