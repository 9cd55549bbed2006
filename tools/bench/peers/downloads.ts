import { join } from 'node:path';
import { encodeRequest } from '../http-client.ts';
import { type Aim, atLeast } from './aims.ts';
import { ANSWER_HEADER, toAnswerCells, toRatePerCpuSecond } from './answers-table.ts';
import { type Comparison, DOWNLOAD_CONNECTIONS, DOWNLOAD_WARM_UP_SECONDS } from './comparison.ts';
import { makeCsrs } from './csrs.ts';
import { type Contender, measureInTurns, measureOnce } from './measure.ts';
import { encodeSharedOcspPath } from './ocsp-requests.ts';
import { askOnce, isSkipped, type PeerServer } from './server.ts';
import { startNginx } from './servers/nginx.ts';
import { startSignet } from './servers/signet.ts';
import { writeRequests } from './write-requests.ts';

interface Download {
  readonly name: string;
  readonly path: string;
  /** Whether the client has the current version. */
  readonly isKnown?: true;
}

/** Compares downloads with nginx, which serves the same bodies and headers from files. */
export async function compareDownloads({ scratch, plan, show }: Comparison): Promise<Aim[]> {
  const [csr] = await makeCsrs(1);
  if (csr === undefined) return [];
  const started: PeerServer[] = [];
  try {
    const signet = await startSignet(1, csr);
    started.push(signet);
    const downloads: readonly Download[] = [
      { name: 'CA certificate', path: '/ca/default.crt' },
      { name: 'CRL', path: '/crl/default.crl' },
      { name: 'CRL, 304', path: '/crl/default.crl', isKnown: true },
      { name: 'OCSP, GET', path: await encodeSharedOcspPath(signet, csr) },
    ];
    const paths = [...new Set(downloads.map(({ path }) => path))];
    const files = await Promise.all(
      paths.map(async (path) => ({ path, answer: await askOnce(signet, encodeRequest({ path })) })),
    );
    const nginx = await startNginx(files);
    if (!isSkipped(nginx)) started.push(nginx);
    const rows: string[][] = [];
    const aims: Aim[] = [];
    for (const download of downloads) {
      const contenders = await Promise.all(
        started.map((server) => toContender(server, download, scratch)),
      );
      for (const contender of contenders) {
        await measureOnce(contender, DOWNLOAD_CONNECTIONS, DOWNLOAD_WARM_UP_SECONDS);
      }
      const results = await measureInTurns(contenders, DOWNLOAD_CONNECTIONS, plan);
      for (const [i, result] of results.entries()) {
        rows.push([download.name, started[i]?.name ?? '', ...toAnswerCells(result)]);
      }
      const [own, other] = results;
      if (own === undefined || other === undefined) continue;
      const perCpu = toRatePerCpuSecond(own) / toRatePerCpuSecond(other);
      aims.push(
        atLeast(`${download.name}: rate relative to nginx`, 0.5, own.rate / other.rate),
        atLeast(`${download.name}: answers per CPU second relative to nginx`, 0.8, perCpu),
      );
    }
    show({
      title: `Downloads, ${DOWNLOAD_CONNECTIONS} connections, plain HTTP`,
      header: ['Download', 'Server', ...ANSWER_HEADER],
      rows,
      notes: isSkipped(nginx)
        ? [`${nginx.name}: skipped, ${nginx.reason}`]
        : ['nginx has one process, and could be faster where wrk takes nearly a whole core.'],
    });
    return aims;
  } finally {
    for (const server of started) await server.stop();
  }
}

async function toContender(
  server: PeerServer,
  { path, isKnown }: Download,
  scratch: string,
): Promise<Contender> {
  const { status, head } = await askOnce(server, encodeRequest({ path }));
  const etag = /^etag: *(.+)$/im.exec(head)?.[1]?.trim();
  if (status !== 200 || etag === undefined) throw new Error(`${server.name}: ${path}: ${head}`);
  const request = encodeRequest({ path, headers: isKnown ? { 'If-None-Match': etag } : {} });
  const expected = isKnown ? 304 : 200;
  const answer = await askOnce(server, request);
  if (answer.status !== expected) throw new Error(`${server.name}: ${path}: ${answer.status}`);
  const file = join(scratch, `${server.port}.requests`);
  writeRequests(file, [request]);
  return { server, prepare: () => file };
}
