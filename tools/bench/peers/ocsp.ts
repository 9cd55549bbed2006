import { join } from 'node:path';
import { encodeRequest, type RawRequest } from '../http-client.ts';
import { type Aim, atLeast } from './aims.ts';
import { ANSWER_HEADER, toAnswerCells } from './answers-table.ts';
import { type Comparison, DOWNLOAD_CONNECTIONS, DOWNLOAD_WARM_UP_SECONDS } from './comparison.ts';
import { makeCsrs } from './csrs.ts';
import { type Contender, measureInTurns, measureOnce } from './measure.ts';
import { checkOcspResponse, issue, makeOcspPosts, signOne } from './ocsp-requests.ts';
import { sendSingly } from './send-singly.ts';
import { askOnce, type Csr, isSkipped, type PeerServer, type Skipped } from './server.ts';
import { startCfsslPeer } from './servers/cfssl.ts';
import { startOpenBao } from './servers/openbao.ts';
import { startOpensslOcsp } from './servers/openssl-ocsp.ts';
import { startSignet } from './servers/signet.ts';
import { writeRequests } from './write-requests.ts';

/** A server that signs an OCSP response for each request. */
interface Responder {
  readonly server: PeerServer;
  readonly requests: readonly RawRequest[];
  readonly closesConnections?: true;
}

/** Compares OCSP responses that are signed for each request. */
export async function compareOcsp({ scratch, plan, show }: Comparison): Promise<Aim[]> {
  const [csr] = await makeCsrs(1);
  if (csr === undefined) return [];
  const responders: Responder[] = [];
  const skipped: Skipped[] = [];
  try {
    for (const start of [
      () => startWithSignet(1, csr),
      () => startWithSignet(3, csr),
      () => startWithCfssl(csr),
      () => startWithOpenBao(csr),
      startWithOpenssl,
    ]) {
      const responder = await start();
      if ('reason' in responder) skipped.push(responder);
      else responders.push(responder);
    }
    const contenders = responders.map(({ server, requests, closesConnections }): Contender => {
      const file = join(scratch, `${server.port}.requests`);
      writeRequests(file, requests);
      const prepare = () => file;
      return closesConnections
        ? { server, prepare, send: sendSingly(requests) }
        : { server, prepare };
    });
    for (const contender of contenders) {
      await measureOnce(contender, DOWNLOAD_CONNECTIONS, DOWNLOAD_WARM_UP_SECONDS);
    }
    const results = await measureInTurns(contenders, DOWNLOAD_CONNECTIONS, plan);
    show({
      title: `OCSP, signed for each request, ${DOWNLOAD_CONNECTIONS} connections, plain HTTP`,
      header: ['Server', ...ANSWER_HEADER],
      rows: results.map((result, i) => [
        responders[i]?.server.name ?? '',
        ...toAnswerCells(result),
      ]),
      notes: skipped.map(({ name, reason }) => `${name}: skipped, ${reason}`),
    });
    const measured = results.map(({ rate }, i) => ({
      name: responders[i]?.server.name ?? '',
      rate,
    }));
    const isOwn = ({ name }: { readonly name: string }) => name.startsWith('Signet');
    const others = measured.filter((each) => !isOwn(each));
    return measured
      .filter(isOwn)
      .flatMap((own) =>
        others.map((other) =>
          atLeast(
            `OCSP, signed: ${own.name}: rate relative to ${other.name}`,
            1,
            own.rate / other.rate,
          ),
        ),
      );
  } finally {
    for (const { server } of responders) await server.stop();
  }
}

async function startWithSignet(processes: number, csr: Csr): Promise<Responder> {
  const server = await startSignet(processes, csr);
  const { caDer, serialHex } = await issue(server, csr);
  return check({ server, requests: makeOcspPosts('/ocsp/default', caDer, serialHex) });
}

/** cfssl's responder only serves what was signed before; its API signs, without a nonce. */
async function startWithCfssl(csr: Csr): Promise<Responder | Skipped> {
  const server = await startCfsslPeer('cfssl, ocspsign', {
    journal: 'WAL',
    synchronous: 'FULL',
  });
  if (isSkipped(server)) return server;
  const certificate = await signOne(server, csr);
  const request = encodeRequest({
    method: 'POST',
    path: '/api/v1/cfssl/ocspsign',
    body: JSON.stringify({ certificate: certificate.toString(), status: 'good' }),
  });
  const { status, body } = await askOnce(server, request);
  if (status !== 200) throw new Error(`cfssl answers ${status}: ${body}`);
  return { server, requests: [request] };
}

async function startWithOpenBao(csr: Csr): Promise<Responder | Skipped> {
  const server = await startOpenBao('raft');
  if (isSkipped(server)) return server;
  const { serialNumber } = await signOne(server, csr);
  const caDer = new Uint8Array(await server.readCa());
  const requests = makeOcspPosts('/v1/pki/ocsp', caDer, serialNumber.toLowerCase());
  return check({ server, requests });
}

async function startWithOpenssl(): Promise<Responder | Skipped> {
  const server = await startOpensslOcsp();
  if (isSkipped(server)) return server;
  const caDer = new Uint8Array(server.issuer.raw);
  const requests = makeOcspPosts('/', caDer, server.serial);
  return check({ server, requests, closesConnections: true });
}

async function check(responder: Responder): Promise<Responder> {
  const { server, requests } = responder;
  const [first] = requests;
  if (first === undefined) throw new Error('There are no requests');
  checkOcspResponse(server.name, await askOnce(server, first));
  return responder;
}
