import type { EdgePurge } from '../../revocation/edge-purge.ts';
import type { RetryDependencies } from '../../revocation/retry-purges.ts';
import { createFillMarks } from './fill-marks.ts';
import { createPurge, type PurgeDependencies } from './purge.ts';
import type { EdgeLayer, EdgeRequest, EdgeResource } from './resource.ts';
import { createServe } from './serve.ts';

/** The edge cache: everything that serves published responses or purges them goes through it. */
export interface Edge extends EdgePurge {
  layer(): EdgeLayer;
  /** Answers from the cache, without a query and without a signature, or builds and stores. */
  serve(asked: EdgeRequest, resource: EdgeResource): Promise<Response>;
  readonly retry: RetryDependencies['edge'];
}

/** One for each isolate: it knows which entries its own purges made stale. */
export function createEdge(dependencies: Omit<PurgeDependencies, 'marks'>): Edge {
  const shared = { ...dependencies, marks: createFillMarks() };
  const { purge, purgeTags, tryPurge } = createPurge(shared);
  const layer = () => (dependencies.openWorkersCache() === null ? 'cache-api' : 'workers-cache');
  return {
    layer,
    serve: createServe({ ...shared, layer, purgeTags }),
    purge,
    retry: { purgesEverywhere: () => layer() === 'workers-cache', tryPurge },
  };
}
