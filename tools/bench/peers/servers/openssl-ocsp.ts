import { X509Certificate } from 'node:crypto';
import { dirname } from 'node:path';
import { findFreePort } from '../../../../scripts/free-port.ts';
import { makeCaChain } from '../../ca-files.ts';
import { findProgram } from '../../find-program.ts';
import type { PeerServer, Skipped } from '../server.ts';
import { makeDirectory, startProcess } from '../start-process.ts';

const NAME = 'openssl ocsp';
/** A line of openssl's index: status, end, revocation, serial number, file, subject. */
const SERIAL = '1000';

export interface OpensslOcsp extends PeerServer {
  readonly issuer: X509Certificate;
  /** Hexadecimal. */
  readonly serial: string;
}

/** Starts openssl's responder with a P-256 key. It closes each connection after its answer. */
export async function startOpensslOcsp(): Promise<OpensslOcsp | Skipped> {
  const program = findProgram('OPENSSL', 'openssl', ['version']);
  if (program === null) return { name: NAME, reason: 'neither OPENSSL nor the PATH has openssl' };
  const directory = makeDirectory('openssl-ocsp');
  const [, ca] = makeCaChain(dirname(directory.path('ca')));
  const index = directory.write('index.txt', `V\t491231235959Z\t\t${SERIAL}\tunknown\t/CN=bench\n`);
  const port = await findFreePort();
  const args = [
    ...['ocsp', '-index', index, '-CA', ca.certificate, '-rsigner', ca.certificate],
    ...['-rkey', ca.key, '-port', String(port), '-ignore_err', '-nmin', '60'],
  ];
  const server = startProcess(directory, program, args);
  const issuer = new X509Certificate(directory.read('issuing.crt'));
  return {
    name: NAME,
    port,
    protocol: 'http:',
    pid: server.pid,
    hasEnded: server.hasEnded,
    issuer,
    serial: SERIAL,
    async stop() {
      await server.end();
      directory.remove();
    },
  };
}
