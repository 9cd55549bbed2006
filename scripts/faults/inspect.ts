import { encodeRequest, LeanConnection } from '../bench/http-client.ts';
import type { Inspection, Operation, World } from '../mix/operation.ts';
import { createAsk, UnexpectedAnswer } from '../mix/run-mix.ts';
import type { ServerProcess } from '../mix/start-server.ts';
import { checkRecord } from './check-record.ts';

const CONNECTIONS = 8;

/** Checks all there is to check of a server that was started again, while nobody else asks it. */
export async function inspect(
  world: World,
  operations: readonly Operation[],
  server: ServerProcess,
  isEdgeFresh: boolean,
): Promise<void> {
  const connections = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => LeanConnection.open(server.port)),
  );
  const idle = [...connections];
  const ask = createAsk(world, 'after the restart', async (request) => {
    const connection = idle.pop();
    if (connection === undefined) throw new Error('All connections are in use');
    try {
      return await connection.ask(encodeRequest(request));
    } finally {
      idle.push(connection);
    }
  });
  const inspection: Inspection = {
    world,
    ask,
    isEdgeFresh,
    query: server.query,
    async each(items, look) {
      const left = [...items];
      const work = async () => {
        for (let item = left.pop(); item !== undefined; item = left.pop()) {
          await look(item).catch(ignoreNoted);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, work));
    },
  };
  try {
    await checkRecord(inspection);
    for (const { check } of operations) await check?.(inspection).catch(ignoreNoted);
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** An answer that was not expected has been noted: the other checks go on. */
function ignoreNoted(error: unknown): void {
  if (!(error instanceof UnexpectedAnswer)) throw error;
}
