import { createServer, type IncomingMessage } from 'node:http';
import { type Answer, decode, encode, type Packet } from 'dns-packet';
import { listen } from './listen.ts';

/** A resolver for DNS over HTTPS (RFC 8484) on loopback, whose records a test sets. */
export interface DohServer {
  /** For the variable DOH_URL. */
  readonly url: string;
  /** Takes a record as JSON by POST, from hooks of other programs. */
  readonly recordsUrl: string;
  /** The names that were asked for, with the type: `A example.test`. */
  readonly questions: readonly string[];
  add(record: Answer): void;
  /** Removes all records of a name. */
  remove(name: string): void;
  stop(): Promise<void>;
}

const RECORDS = '/records';
const MESSAGE = 'application/dns-message';
const NAME_ERROR = 3;
const RECURSION = 0x0180;
const MAX_CNAMES = 8;

export async function startDohServer(): Promise<DohServer> {
  let records: Answer[] = [];
  const questions: string[] = [];

  function resolve(query: Packet): Uint8Array {
    const [question] = query.questions ?? [];
    if (question === undefined) throw new Error('The query has no question');
    questions.push(`${question.type} ${question.name}`);
    const answers: Answer[] = [];
    let name = question.name;
    for (let step = 0; step < MAX_CNAMES; step++) {
      const ofName = records.filter((record) => isSameName(record.name, name));
      const found = ofName.filter(({ type }) => type === question.type);
      const alias = ofName.find((record) => record.type === 'CNAME');
      answers.push(...found);
      if (found.length > 0 || alias?.type !== 'CNAME') break;
      answers.push(alias);
      name = alias.data;
    }
    const exists = answers.length > 0 || records.some((record) => isSameName(record.name, name));
    return encode({
      type: 'response',
      id: query.id ?? 0,
      flags: RECURSION | (exists ? 0 : NAME_ERROR),
      questions: [question],
      answers,
    });
  }

  const server = createServer(async (request, response) => {
    try {
      if (request.url === RECORDS) {
        records.push(JSON.parse((await readBody(request)).toString()));
        response.end();
        return;
      }
      const answer = resolve(decode(await readMessage(request)));
      response.writeHead(200, { 'Content-Type': MESSAGE }).end(answer);
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  const { port, stop } = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/dns-query`,
    recordsUrl: `http://127.0.0.1:${port}${RECORDS}`,
    questions,
    add: (record) => records.push(record),
    remove(name) {
      records = records.filter((record) => !isSameName(record.name, name));
    },
    stop,
  };
}

function isSameName(one: string, other: string): boolean {
  const normalize = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return normalize(one) === normalize(other);
}

function readMessage(request: IncomingMessage): Promise<Buffer> | Buffer {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const inUrl = searchParams.get('dns');
  return inUrl === null ? readBody(request) : Buffer.from(inUrl, 'base64url');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}
