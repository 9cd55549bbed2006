import { createServer } from 'node:http';
import { isIPv4 } from 'node:net';
import { listen } from './listen.ts';

/** The records of one name. */
export interface DnsRecords {
  readonly A?: readonly string[];
  readonly AAAA?: readonly string[];
  readonly TXT?: readonly string[];
  /** Flags, tag and value. */
  readonly CAA?: readonly (readonly [number, string, string])[];
  readonly CNAME?: string;
  /** RCODE of the answer; 2 is SERVFAIL. */
  readonly code?: number;
}

export interface DohServer {
  readonly url: string;
  /** By name; a function is asked at each query. Other names do not exist. */
  readonly zone: Map<string, DnsRecords | (() => DnsRecords)>;
  /** Each question, such as `example.com TXT`. */
  readonly questions: string[];
  stop(): Promise<void>;
}

const TYPES = { A: 1, CNAME: 5, TXT: 16, AAAA: 28, CAA: 257 } as const;
const NXDOMAIN = 3;

/** Serves DNS over HTTPS (RFC 8484, over plain HTTP) on loopback. */
export async function startDohServer(): Promise<DohServer> {
  const zone: DohServer['zone'] = new Map();
  const questions: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = answerQuery(Buffer.concat(chunks), zone, questions);
    response.setHeader('Content-Type', 'application/dns-message').end(answer);
  });
  const { port, stop } = await listen(server);
  return { url: `http://127.0.0.1:${port}/dns-query`, zone, questions, stop };
}

function answerQuery(query: Buffer, zone: DohServer['zone'], questions: string[]): Buffer {
  const labels: string[] = [];
  let offset = 12;
  for (let length = query[offset] ?? 0; length > 0; length = query[offset] ?? 0) {
    labels.push(query.subarray(offset + 1, offset + 1 + length).toString('latin1'));
    offset += 1 + length;
  }
  const question = query.subarray(12, offset + 5);
  const number = query.readUInt16BE(offset + 1);
  const type = Object.entries(TYPES).find(([, each]) => each === number)?.[0] ?? String(number);
  const answers: Buffer[] = [];
  let code = 0;
  let name = labels.join('.');
  questions.push(`${name} ${type}`);
  for (;;) {
    const entry = zone.get(name);
    const records = typeof entry === 'function' ? entry() : entry;
    code = records === undefined ? NXDOMAIN : (records.code ?? 0);
    if (records?.CNAME === undefined) {
      answers.push(
        ...encodeData(records ?? {}, type).map((data) => encodeRecord(name, number, data)),
      );
      break;
    }
    answers.push(encodeRecord(name, TYPES.CNAME, encodeName(records.CNAME)));
    name = records.CNAME;
  }
  const header = Buffer.alloc(12);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8180 + code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answers.length, 6);
  return Buffer.concat([header, question, ...answers]);
}

function encodeName(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.of(label.length), label]),
    Buffer.of(0),
  ]);
}

function encodeRecord(name: string, type: number, data: Buffer): Buffer {
  const fields = Buffer.alloc(10);
  fields.writeUInt16BE(type, 0);
  fields.writeUInt16BE(1, 2);
  fields.writeUInt32BE(60, 4);
  fields.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), fields, data]);
}

function encodeData(records: DnsRecords, type: string): Buffer[] {
  switch (type) {
    case 'A':
      return (records.A ?? []).map((address) => Buffer.from(address.split('.').map(Number)));
    case 'AAAA':
      return (records.AAAA ?? []).map(encodeIpv6);
    case 'TXT':
      return (records.TXT ?? []).map((text) => Buffer.concat(splitText(Buffer.from(text))));
    case 'CAA':
      return (records.CAA ?? []).map(([flags, tag, value]) =>
        Buffer.concat([Buffer.of(flags, tag.length), Buffer.from(tag + value)]),
      );
    default:
      return [];
  }
}

/** A character-string holds 255 bytes at most. */
function splitText(text: Buffer): Buffer[] {
  const strings: Buffer[] = [];
  for (let start = 0; start < text.length || start === 0; start += 255) {
    const part = text.subarray(start, start + 255);
    strings.push(Buffer.of(part.length), part);
  }
  return strings;
}

function encodeIpv6(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const groupsOf = (text: string) =>
    text.split(':').flatMap((group) => {
      if (group === '') return [];
      if (!isIPv4(group)) return [Number.parseInt(group, 16)];
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    });
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 255]));
}
