import { parseCaaRecord, parseIssueValue } from '../../../src/acme/challenges/caa-record.ts';
import { type DnsRecord, parseDnsResponse } from '../../../src/net/dns-message.ts';
import { NetworkError } from '../../../src/net/network-error.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';

const NAME = 'www.example.com';
const TYPES = [1, 16, 28, 257];
const CNAME = 5;

export function fuzz(data: Buffer): void {
  for (const type of TYPES) {
    const response = attempt(() => parseDnsResponse(data, NAME, type), NetworkError);
    if (response === null) continue;
    const { code, answers, isNegative } = response;
    for (const answer of answers) {
      assertTrue('length of a name', Buffer.from(answer.name).length <= 4 * 255);
      assertTrue('target of CNAME only', (answer.type === CNAME) === (answer.target !== null));
      const property = attempt(() => parseCaaRecord(answer.data), NetworkError);
      if (property !== null) parseIssueValue(property.value);
    }
    // The same answers without pointers are read to the same values, apart from the data of CNAMEs.
    const message = Buffer.concat([
      uint16s(0, 0x8180 + code, 1, answers.length, isNegative ? 1 : 0, 0),
      encodeName(NAME),
      uint16s(type, 1),
      ...answers.map(encodeRecord),
      ...(isNegative ? [encodeRecord(SOA)] : []),
    ]);
    assertSame(
      'response',
      withoutData(parseDnsResponse(message, NAME, type)),
      withoutData(response),
    );
  }
}

const SOA: DnsRecord = { name: '', type: 6, data: new Uint8Array(0), target: null };

function withoutData(response: ReturnType<typeof parseDnsResponse>) {
  const answers = response.answers.map((answer) =>
    answer.target === null ? answer : { ...answer, data: null },
  );
  return { ...response, answers };
}

function encodeRecord({ name, type, data, target }: DnsRecord): Buffer {
  const content = target === null ? Buffer.from(data) : encodeName(target);
  return Buffer.concat([encodeName(name), uint16s(type, 1, 0, 0, content.length), content]);
}

/** Writes a name in which `\DDD` stands for a byte. */
function encodeName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  return Buffer.concat([
    ...labels.map((label) => {
      const bytes = Buffer.from(
        label.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code))),
        'latin1',
      );
      return Buffer.concat([Buffer.of(bytes.length), bytes]);
    }),
    Buffer.of(0),
  ]);
}

function uint16s(...values: readonly number[]): Buffer {
  return Buffer.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}
