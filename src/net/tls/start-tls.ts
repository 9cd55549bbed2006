import { concatBytes } from '../../bytes.ts';
import { NetworkError } from '../network-error.ts';
import type { Connection } from '../open-connection.ts';
import { startHandshake, unexpected } from './handshake.ts';
import { computeFinished, deriveApplicationSecrets, deriveTrafficKeys } from './key-schedule.ts';
import {
  encodeMessage,
  encodeVector,
  MESSAGE,
  parseCertificateRequest,
  TLS_1_3,
} from './messages.ts';
import { createRecordEncrypter, RECORD } from './records.ts';

/**
 * Starts TLS 1.3 on a connection, for a redirect to https. Nothing is verified: the host is the one
 * that is to prove control of a name, so it has no trusted certificate yet, and what it answers
 * counts as if it had come by plain HTTP (RFC 8555 section 8.3). This is why the platform's TLS
 * client, which insists on a trusted certificate, is of no use.
 * @throws NetworkError
 */
export async function startTls(
  connection: Connection,
  serverName: string | null,
): Promise<Connection> {
  const offer = { serverName, protocol: 'http/1.1', versions: [TLS_1_3] };
  const handshake = await startHandshake(connection, offer);
  const { suite, secrets, records } = handshake;
  if (suite === null || secrets === null) throw unexpected();
  let requestContext: Uint8Array | null = null;
  for (;;) {
    const { type, body } = await handshake.readMessage();
    if (type === MESSAGE.certificateRequest) requestContext = parseCertificateRequest(body);
    if (type === MESSAGE.finished) break;
  }
  const application = await deriveApplicationSecrets(suite, secrets.master, handshake.transcript());
  records.useKeys(await deriveTrafficKeys(suite, application.server));

  // A server that asks for a certificate gets an empty list.
  const certificate =
    requestContext === null
      ? new Uint8Array(0)
      : encodeMessage(MESSAGE.certificate, encodeVector(1, requestContext), encodeVector(3));
  const verifyData = await computeFinished(
    suite,
    secrets.client,
    concatBytes(handshake.transcript(), certificate),
  );
  const encryptHandshake = createRecordEncrypter(await deriveTrafficKeys(suite, secrets.client));
  const finished = encodeMessage(MESSAGE.finished, verifyData);
  await connection.write(
    await encryptHandshake(RECORD.handshake, concatBytes(certificate, finished)),
  );

  const encrypt = createRecordEncrypter(await deriveTrafficKeys(suite, application.client));
  return {
    close: connection.close,
    write: async (bytes) => connection.write(await encrypt(RECORD.applicationData, bytes)),
    async read() {
      for (;;) {
        const record = await records.read();
        if (record === null) return null;
        if (record.type === RECORD.applicationData) return record.content;
        // Session tickets are not used. A key update would need new keys: no server sends one
        // within the few kilobytes that are read.
        if (record.type !== RECORD.handshake || record.content[0] !== NEW_SESSION_TICKET) {
          throw new NetworkError('tls', 'The server sent an unexpected TLS message.');
        }
      }
    },
  };
}

const NEW_SESSION_TICKET = 4;
