import { beforeAll, describe, expect, it } from 'vitest';
import { GENESIS_HASH_HEX } from '../../src/audit/chain.ts';
import {
  type CheckpointKeys,
  checkpointMessage,
  hashToken,
  isSigned,
  openHead,
  readCheckpoint,
  signCheckpoint,
} from '../../src/audit/checkpoint.ts';
import type { CheckpointRow } from '../../src/audit/store.ts';
import { sha256Hex } from '../../src/bytes.ts';
import { NOW_MS } from '../store/database.ts';
import { deriveTestKeys } from './forge.ts';

const FACTS = {
  sequence: 12,
  position: 340,
  hashHex: 'ab'.repeat(32),
  predecessorHex: 'cd'.repeat(32),
  signedAtMs: NOW_MS,
};

let keys: CheckpointKeys;
let row: CheckpointRow;
beforeAll(async () => {
  keys = await deriveTestKeys(1);
  row = await sign(keys);
});

function sign({ current }: CheckpointKeys): Promise<CheckpointRow> {
  if (current === null) throw new Error('no key');
  return signCheckpoint(current, FACTS);
}

describe('checkpointMessage', () => {
  it('never changes: another form would break every existing checkpoint', () => {
    const publicKey = 'MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=';
    expect(new TextDecoder().decode(checkpointMessage({ ...FACTS, publicKey }))).toBe(
      `signet-audit-checkpoint-v1
sequence 12
position 340
hash ${'ab'.repeat(32)}
predecessor ${'cd'.repeat(32)}
key MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
signed-at 2030-01-02T03:04:05.000Z
`,
    );
  });
});

describe('readCheckpoint', () => {
  it('reads what was signed', async () => {
    const read = readCheckpoint(row.token);
    expect(read).toMatchObject({ ...FACTS, publicKey: keys.current?.publicKey, token: row.token });
    expect(read !== null && (await isSigned(keys, read))).toBe(true);
  });

  it('survives copy and paste: letters, digits, - _ and one dot', () => {
    expect(row.token).toMatch(/^[\w-]+\.[\w-]{86}$/);
  });

  it('refuses what is not exactly a token', () => {
    const [message = '', signature = ''] = row.token.split('.');
    const other = (change: (text: string) => string) =>
      new TextEncoder()
        .encode(change(atob(message.replaceAll('-', '+').replaceAll('_', '/'))))
        .toBase64({ alphabet: 'base64url', omitPadding: true });
    const wrong = [
      '',
      '.',
      message,
      `${message}.`,
      `${row.token}.AA`,
      `${message}=.${signature}`,
      ` ${row.token}`,
      `${row.token}\n`,
      `${other((text) => text.replace('-v1', '-v2'))}.${signature}`,
      `${other((text) => text.replace('sequence 12', 'sequence x'))}.${signature}`,
      `${other((text) => `${text}more\n`)}.${signature}`,
      `${other((text) => text.replace('2030-01-02', '2030-99-02'))}.${signature}`,
    ];
    expect(wrong.map(readCheckpoint)).toEqual(wrong.map(() => null));
  });
});

describe('hashToken', () => {
  it('is SHA-256 of the text, as sha256sum prints it', async () => {
    expect(await hashToken(row.token)).toBe(await sha256Hex(new TextEncoder().encode(row.token)));
    expect(await hashToken(null)).toBe(GENESIS_HASH_HEX);
  });
});

describe('openHead', () => {
  it('accepts a record without a checkpoint, and one of any configured key', async () => {
    expect(await openHead(keys, null)).toEqual({ head: null });
    expect(await openHead(keys, row)).toMatchObject({ head: { sequence: 12 } });
    expect(await openHead(await deriveTestKeys(1, 2), row)).toMatchObject({
      head: { sequence: 12 },
    });
  });

  it('names a key that is not configured', async () => {
    const finding = await openHead(await deriveTestKeys(3), row);
    expect(finding).toEqual({
      position: 340,
      problem:
        'Checkpoint 12 is signed with a key that is not configured. Set the SEALING_KEY version that signed it.',
    });
  });

  it.each([
    ['no token', { token: 'x' }, 'Checkpoint 12 was changed.'],
    ['another position', { position: 341 }, 'Checkpoint 12 was changed.'],
    ['another number', { sequence: 13 }, 'Checkpoint 13 was changed.'],
  ])('finds %s', async (_, change, problem) => {
    expect(await openHead(keys, { ...row, ...change })).toMatchObject({ problem });
  });

  it('finds a signature of another key under the name of a configured one', async () => {
    const forged = await deriveTestKeys(9);
    const signer = { publicKey: keys.current?.publicKey ?? '', sign: forged.current?.sign };
    if (signer.sign === undefined) throw new Error('no key');
    const impostor = await signCheckpoint({ ...signer, sign: signer.sign }, FACTS);
    expect(await openHead(keys, impostor)).toMatchObject({
      problem: 'The signature of checkpoint 12 does not verify.',
    });
  });
});
