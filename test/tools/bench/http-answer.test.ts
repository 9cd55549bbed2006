import { describe, expect, it } from 'vitest';
import { readAnswer } from '../../../tools/bench/http-answer.ts';

const WHOLE: readonly (readonly [string, string, number, string])[] = [
  ['a length', 'HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\nabc', 201, 'abc'],
  ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  ['nothing new', 'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n', 304, ''],
  [
    'chunks, one of which looks like the last',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n.0\r\n\r\n5678\r\n0\r\n\r\n',
    200,
    'abc.0\r\n\r\n5678',
  ],
];

describe('readAnswer', () => {
  it.each(WHOLE)('parses a response with %s', (_, text, status, body) => {
    const answer = readAnswer(Buffer.from(text));
    expect([answer?.status, answer?.body.toString()]).toEqual([status, body]);
  });

  it.each(WHOLE)('waits for the end of a response with %s', (_, text) => {
    for (let length = 0; length < text.length; length++) {
      expect(readAnswer(Buffer.from(text.slice(0, length)))).toBeNull();
    }
  });
});
