import { findFreePort } from '../../../../scripts/free-port.ts';
import { findProgram } from '../../find-program.ts';
import type { Answer } from '../../http-answer.ts';
import { encodeRequest } from '../../http-client.ts';
import { type PeerServer, type Skipped, waitForAnswer } from '../server.ts';
import { makeDirectory, startProcess } from '../start-process.ts';

const NAME = 'nginx';
const STARTS_WITHIN_MS = 5000;
/** Headers that nginx sets itself, or that another server sets anew for each answer. */
const OWN_HEADERS = ['content-length', 'connection', 'date', 'etag', 'x-request-id', 'age'];

/** A file to serve: its path, and another server's answer with its body and headers. */
export interface StaticFile {
  readonly path: string;
  readonly answer: Answer;
}

/** Starts nginx with one process, and without a log of requests. It serves copies of `files`. */
export async function startNginx(files: readonly StaticFile[]): Promise<PeerServer | Skipped> {
  const program = findProgram('NGINX', 'nginx', ['-v']);
  if (program === null) return { name: NAME, reason: 'neither NGINX nor the PATH has nginx' };
  const directory = makeDirectory('nginx');
  const port = await findFreePort();
  const locations = files.map(({ path, answer }, i) => {
    directory.write(`file-${i}`, answer.body);
    const headers = readHeaders(answer);
    const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
    const others = headers.filter(([name]) => name.toLowerCase() !== 'content-type');
    return `location = "${decodeURIComponent(path)}" {
      types {}
      default_type "${type}";
      ${others.map(([name, value]) => `add_header ${name} "${value.replaceAll('"', '\\"')}";`).join('\n')}
      try_files /file-${i} =404;
    }`;
  });
  const config = directory.write(
    'nginx.conf',
    `daemon off;
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    worker_processes 1;
    pid ${directory.path('nginx.pid')};
    error_log stderr;
    events { worker_connections 1024; }
    http {
      access_log off;
      client_body_temp_path ${directory.path('client-body')};
      proxy_temp_path ${directory.path('proxy')};
      fastcgi_temp_path ${directory.path('fastcgi')};
      uwsgi_temp_path ${directory.path('uwsgi')};
      scgi_temp_path ${directory.path('scgi')};
      sendfile on;
      tcp_nopush on;
      keepalive_requests 1000000000;
      merge_slashes off;
      open_file_cache max=100;
      server {
        listen 127.0.0.1:${port};
        root "${directory.path('')}";
        ${locations.join('\n')}
      }
    }`,
  );
  const prefix = directory.path('');
  const server = startProcess(directory, program, ['-p', prefix, '-c', config]);
  const peer = {
    name: NAME,
    port,
    protocol: 'http:',
    pid: server.pid,
    hasEnded: server.hasEnded,
    async stop() {
      await server.end();
      directory.remove();
    },
  } as const;
  try {
    for (const { path } of files) {
      await waitForAnswer(peer, encodeRequest({ path }), 200, STARTS_WITHIN_MS);
    }
  } catch (error) {
    const output = server.readOutput();
    await peer.stop();
    throw new Error(`${error}: ${output}`);
  }
  return peer;
}

function readHeaders({ head }: Answer): [string, string][] {
  return head
    .split('\r\n')
    .slice(1)
    .map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    })
    .filter(([name]) => name !== '' && !OWN_HEADERS.includes(name.toLowerCase()));
}
