import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeOcspRequest, readOcspResponse } from '../../../tools/mix/ocsp.ts';
import { type ListIssuer, readListIssuer } from '../../../tools/mix/read-list.ts';
import { makeOpensslCa, type OpensslCa } from '../../interop/openssl-ca.ts';
import { run } from '../../interop/tools.ts';
import { createListMaker } from './make-list.ts';

let directory: string;
let ca: OpensslCa;
let issuer: ListIssuer;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-ocsp-'));
  const keyArgs = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  ca = makeOpensslCa(join(directory, 'ca'), { subject: '/CN=Statuses', keyArgs });
  for (const name of ['good', 'gone']) ca.issue(name);
  ca.ca('-revoke', ca.file('gone.pem'));
  issuer = readListIssuer(ca.read('cacert.pem'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Lets `openssl ocsp` answer a request. */
function answer(serialHex: string): Buffer {
  writeFileSync(ca.file('request.der'), encodeOcspRequest(issuer, serialHex));
  run(
    'openssl',
    [
      ...['ocsp', '-index', 'index.txt', '-CA', 'cacert.pem', '-rsigner', 'cacert.pem'],
      ...['-rkey', 'private/cakey.pem', '-reqin', 'request.der', '-respout', 'response.der'],
    ],
    { cwd: ca.path },
  );
  return readFileSync(ca.file('response.der'));
}

const normalize = (serial: string) => serial.toLowerCase().replace(/^0+/, '');

describe('OCSP requests and responses', () => {
  it.each([
    ['good', 'good'],
    ['gone', 'revoked'],
  ])('agree with openssl about the status %s', (name, status) => {
    const serialHex = normalize(ca.serialOf(name));
    const read = readOcspResponse(answer(serialHex), issuer);
    expect(read).toEqual({ serialHex, status, isSigned: true });
  });

  it('agree with openssl about unknown serial numbers with a high first bit', () => {
    const read = readOcspResponse(answer('f00d'), issuer);
    expect(read).toEqual({ serialHex: 'f00d', status: 'unknown', isSigned: true });
  });

  it('show the signature of another key', () => {
    const { publicKey } = createListMaker('Statuses');
    expect(readOcspResponse(answer('1'), { ...issuer, publicKey }).isSigned).toBe(false);
  });

  it.each(['30030a0106', '3000', ''])('are refused if they are %j', (hex) => {
    expect(() => readOcspResponse(Buffer.from(hex, 'hex'), issuer)).toThrow();
  });
});
