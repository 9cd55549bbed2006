import { describe, expect, it } from 'vitest';
import '../../tools/fuzz-parsers/platform.ts';
import { loosenDer, repairDer } from '../../tools/fuzz-parsers/ber.ts';
import { bounded } from '../../tools/fuzz-parsers/bounded.ts';
import {
  certificateSeeds,
  crlSeeds,
  requestSeeds,
} from '../../tools/fuzz-parsers/fixture-seeds.ts';
import { assertOneEncoding } from '../../tools/fuzz-parsers/strict-der.ts';
import { TARGETS } from '../../tools/fuzz-parsers/targets.ts';

const SEEDS_OF_EACH = 60;

interface TargetModule {
  fuzz(data: Buffer): void | Promise<void>;
}

function readTarget(name: string): Promise<TargetModule> {
  return import(`../../tools/fuzz-parsers/targets/${name}.ts`);
}

describe('the targets of npm run fuzz:parsers', () => {
  it.each(TARGETS)('$name has no finding for its seeds', async ({ name, seeds, sync }) => {
    const { fuzz } = await readTarget(name);
    const all = seeds();
    expect(all.length).toBeGreaterThan(1);
    const step = Math.max(1, Math.floor(all.length / SEEDS_OF_EACH));
    for (const seed of [...all.filter((_, index) => index % step === 0), Buffer.alloc(0)]) {
      const done = fuzz(Buffer.from(seed));
      expect(done instanceof Promise).toBe(!sync);
      await done;
    }
  });
});

describe('assertOneEncoding', () => {
  it.each(['308103020105', '30820003020105', '3005028200010'.padEnd(14, '5')])(
    'finds %s, whose lengths could be shorter',
    (hex) => {
      expect(() => assertOneEncoding(Buffer.from(hex, 'hex'))).toThrow('encodes otherwise');
    },
  );

  it('accepts DER', () => {
    expect(() => assertOneEncoding(Buffer.from('3003020105', 'hex'))).not.toThrow();
  });
});

describe('repairDer', () => {
  it('reverses loosenDer, and does not change DER', () => {
    for (const seed of [...requestSeeds(), ...certificateSeeds(), ...crlSeeds()]) {
      const der = Buffer.from(repairDer(seed));
      expect(Buffer.from(repairDer(der)).equals(der)).toBe(true);
      expect(Buffer.from(repairDer(loosenDer(der))).equals(der)).toBe(true);
    }
  });

  it('corrects the lengths around an inserted part', () => {
    const loose = Buffer.from('3080308002010500000000', 'hex');
    const longer = Buffer.concat([loose.subarray(0, 7), Buffer.of(5, 0), loose.subarray(7)]);
    expect(Buffer.from(repairDer(longer)).toString('hex')).toBe('300730050201050500');
  });
});

describe('bounded', () => {
  const input = Buffer.alloc(0);
  let nowMs = 0;
  const readMs = () => nowMs;

  it('reports an input that is always slow, synchronous or not', async () => {
    const slow = () => {
      nowMs += 400;
    };
    expect(() => bounded(slow, readMs)(input)).toThrow('one input takes 400 ms');
    await expect(bounded(async () => slow(), readMs)(input)).rejects.toThrow('400 ms');
  });

  it('accepts an input that is slow once', async () => {
    for (const isLater of [false, true]) {
      let calls = 0;
      const slowOnce = () => {
        nowMs += calls++ === 0 ? 400 : 1;
      };
      await bounded(isLater ? async () => slowOnce() : slowOnce, readMs)(input);
      expect(calls).toBe(2);
    }
  });
});
