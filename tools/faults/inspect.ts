import type { Answer } from '../bench/http-answer.ts';
import { encodeRequest, LeanConnection, type RawRequest } from '../bench/http-client.ts';
import type { Inspection, Operation, World } from '../mix/operation.ts';
import { createAsk, UnexpectedAnswer } from '../mix/run-mix.ts';
import type { ServerProcess } from '../mix/start-server.ts';
import { checkRecord } from './check-record.ts';

const CONNECTIONS = 8;

/** Checks a restarted server while no other client uses it. */
export async function inspect(
  world: World,
  operations: readonly Operation[],
  server: ServerProcess,
  isEdgeFresh: boolean,
): Promise<void> {
  const idle: LeanConnection[] = [];
  const ask = createAsk(world, 'after the restart', async (request) => {
    const raw = encodeRequest(request);
    // The server may have closed an idle connection; then open a new one.
    const kept = idle.pop();
    const [connection, answer] =
      (kept && (await attempt(kept, raw))) ?? (await askAnew(server.port, raw));
    idle.push(connection);
    return answer;
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
    for (const connection of idle) connection.close();
  }
}

type Asked = readonly [LeanConnection, Answer];

async function attempt(connection: LeanConnection, request: RawRequest): Promise<Asked | null> {
  try {
    return [connection, await connection.ask(request)];
  } catch {
    return null;
  }
}

async function askAnew(port: number, request: RawRequest): Promise<Asked> {
  const connection = await LeanConnection.open(port);
  return [connection, await connection.ask(request)];
}

/** Lets the other checks continue: an unexpected response has been recorded already. */
function ignoreNoted(error: unknown): void {
  if (!(error instanceof UnexpectedAnswer)) throw error;
}
