import { Finding } from './oracle.ts';

/** Of CPU time, in instrumented code, for one input: a limit of ours. */
const LIMIT_MS = 250;
const REPEATS = 2;

type Fuzz = (data: Buffer) => void | Promise<void>;

/** ms of CPU time so far. */
function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * The same, but what takes long is a finding. The fuzzer's own alarm goes by the clock on the wall,
 * which a busy machine sets off; here CPU time counts, and only where it is spent every time.
 */
export function bounded(fuzz: Fuzz, readMs = readCpuMs): Fuzz {
  return (data) => {
    const start = readMs();
    const done = fuzz(data);
    if (done instanceof Promise) {
      return done.then(async () => {
        let ms = readMs() - start;
        for (let i = 0; i < REPEATS && ms > LIMIT_MS; i++) {
          const again = readMs();
          await fuzz(data);
          ms = Math.min(ms, readMs() - again);
        }
        refuseSlow(ms);
      });
    }
    let ms = readMs() - start;
    for (let i = 0; i < REPEATS && ms > LIMIT_MS; i++) {
      const again = readMs();
      void fuzz(data);
      ms = Math.min(ms, readMs() - again);
    }
    refuseSlow(ms);
  };
}

function refuseSlow(ms: number): void {
  if (ms > LIMIT_MS) throw new Finding(`one input takes ${Math.round(ms)} ms`);
}
