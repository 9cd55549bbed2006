import type { Ask, CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';

interface Delta {
  readonly path: string;
  readonly deltaPath: string;
}

/** Downloads the deltas that CRLs name. */
export const createDownloadDelta: CreateOperation = ({ ledger, lists, random }) => {
  async function download(ask: Ask, { path, deltaPath }: Delta): Promise<void> {
    const dueThen = ledger.dueAt(path, Date.now()).length;
    const { body } = await ask({ path: deltaPath }, 200);
    lists.observeDelta(path, body, ledger.dueAt(path, Date.now()), dueThen);
  }

  return {
    name: 'delta list',
    weight: { faults: 5, load: 10 },
    async run(ask) {
      const delta = pickOne(random, lists.deltas);
      if (delta === undefined) return false;
      await download(ask, delta);
      return true;
    },
    async check({ ask }) {
      for (const delta of lists.deltas) await download(ask, delta);
    },
  };
};
