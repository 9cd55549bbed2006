import { NetworkError } from '../network-error.ts';
import type { Connection } from '../open-connection.ts';
import { type Handshake, startHandshake, unexpected } from './handshake.ts';
import {
  MESSAGE,
  parseCertificateMessage,
  parseEncryptedExtensions,
  TLS_1_2,
  TLS_1_3,
} from './messages.ts';

/**
 * Returns the certificate of a server that speaks `protocol`, in DER. The platform's TLS client does
 * not show it, so the handshake is spoken here, by TLS 1.2 or 1.3, up to the server's Certificate.
 *
 * The server's signature (CertificateVerify or ServerKeyExchange) and Finished are not read. They
 * prove that the server has the certificate's private key. tls-alpn-01 does not ask for that: the
 * certificate is self-signed, so its key says nothing, and what counts is that the host which
 * answers at the validated address agrees to the protocol and presents the right digest. Somebody
 * who can change what arrives from that address can fulfill any challenge, with or without them.
 * @throws NetworkError
 */
export async function readServerCertificate(
  connection: Connection,
  options: { readonly serverName: string; readonly protocol: string },
): Promise<Uint8Array> {
  const handshake = await startHandshake(connection, {
    ...options,
    versions: [TLS_1_3, TLS_1_2],
  });
  const { version } = handshake.hello;
  const chosen =
    version === TLS_1_3
      ? (await readServerParameters(handshake)).protocol
      : handshake.hello.protocol;
  checkProtocol(chosen, options.protocol);
  let message = await handshake.readMessage();
  if (message.type === MESSAGE.certificateRequest) message = await handshake.readMessage();
  if (message.type !== MESSAGE.certificate) throw unexpected();
  return parseCertificateMessage(message.body, version);
}

/** Reads the first message that TLS 1.3 encrypts. */
export async function readServerParameters(handshake: Handshake) {
  const { type, body } = await handshake.readMessage();
  if (type !== MESSAGE.encryptedExtensions) throw unexpected();
  return { protocol: parseEncryptedExtensions(body) };
}

function checkProtocol(chosen: string | null, wanted: string): void {
  if (chosen === wanted) return;
  throw new NetworkError('tls', `The server did not choose the ALPN protocol ${wanted}.`);
}
