import { Finding } from './oracle.ts';

/** Limit of CPU time in instrumented code for one input. */
const LIMIT_MS = 250;
const REPEATS = 2;

type Fuzz = (data: Buffer) => void | Promise<void>;

/** Returns the CPU time used so far in ms. */
function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Makes a slow input a finding. The fuzzer's own alarm measures wall-clock time, so a busy machine
 * triggers it; this one measures CPU time, and only reports an input that is slow every time.
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
