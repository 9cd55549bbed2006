import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';
import { answerAsset } from './assets.ts';
import { type MachineEnv, openRecord } from './env.ts';
import { migrate } from './migrate.ts';
import { readMigrations } from './migrations.ts';
import { createParts } from './parts.ts';
import { executeBatch, type RecordStorage } from './record.ts';
import { openServer } from './server.ts';
import type { SentResult, SentStatement } from './statements.ts';

// The Worker for plain workerd. scripts/serve/ writes the configuration that joins these parts.

/** What clients reach. */
export default {
  fetch(request, env, context) {
    const { answer, worker, workerEnv } = openServer(env);
    return answer(
      request,
      async () =>
        (await answerAsset(request, env.ASSET_MANIFEST, env.ASSETS)) ??
        worker.fetch(request, workerEnv, context),
    );
  },
} satisfies ExportedHandler<MachineEnv>;

/**
 * The record on this machine's disk: the only object that opens the database. Its answers leave only
 * after what they tell of is on the disk.
 */
export class MachineRecord extends DurableObject<MachineEnv> {
  readonly #storage: RecordStorage;
  readonly #parts = createParts(() => Date.now());

  constructor(state: DurableObjectState, env: MachineEnv) {
    super(state, env);
    const { storage } = state;
    this.#storage = {
      sql: storage.sql,
      transactionSync: (run) => storage.transactionSync(run),
      transaction: (run) => storage.transaction(run),
    };
    // If it throws, every call does.
    void state.blockConcurrencyWhile(async () => migrate(this.#storage, readMigrations(env)));
  }

  batch(statements: readonly SentStatement[]): SentResult[] | Promise<SentResult[]> {
    return executeBatch(this.#storage, statements);
  }

  addPart(batchId: string, text: string): void {
    this.#parts.add(batchId, text);
  }

  runParts(batchId: string): SentResult[] | Promise<SentResult[]> {
    return executeBatch(this.#storage, this.#parts.take(batchId));
  }
}

/** What the other processes of this server reach in the one that owns the record. */
export class RecordProcess extends WorkerEntrypoint<MachineEnv> {
  batch(statements: readonly SentStatement[]) {
    return openRecord(this.env).batch(statements);
  }

  addPart(batchId: string, text: string) {
    return openRecord(this.env).addPart(batchId, text);
  }

  runParts(batchId: string) {
    return openRecord(this.env).runParts(batchId);
  }
}

/** What scripts/serve/ and the other processes reach, over a socket that only this user can open. */
export class Control extends WorkerEntrypoint<MachineEnv> {
  override async fetch(request: Request): Promise<Response> {
    const { purgeOwn, forgetMemory, worker, workerEnv } = openServer(this.env);
    switch (`${request.method} ${new URL(request.url).pathname}`) {
      case 'GET /control/alive':
        return new Response(null, { status: 204 });
      case 'GET /control/state':
        return answerState(this.env);
      case 'POST /control/jobs':
        await worker.runJobs(workerEnv);
        return new Response(null, { status: 204 });
      case 'POST /control/purge':
        await purgeOwn({ tags: await readTags(request) });
        return new Response(null, { status: 204 });
      case 'POST /control/forget':
        forgetMemory();
        return new Response(null, { status: 204 });
      default:
        return worker.fetch(request, workerEnv, this.ctx);
    }
  }
}

/** Opens the record, which applies migrations. 503 with the reason as text if it cannot be opened. */
async function answerState(env: MachineEnv): Promise<Response> {
  try {
    await openRecord(env).batch([['SELECT 1', []]]);
    return new Response('open\n');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Response(`${reason}\n`, { status: 503 });
  }
}

async function readTags(request: Request): Promise<string[]> {
  const given: unknown = await request.json();
  return Array.isArray(given) ? given.map(String) : [];
}
