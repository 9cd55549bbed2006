import type { Database, PreparedStatement, Result } from '../store/database.ts';
import type { Value } from '../store/sql.ts';
import { shareReads } from './shared-reads.ts';
import {
  type BatchRunner,
  countCharacters,
  READS,
  type SentResult,
  type SentStatement,
} from './statements.ts';

interface MachineStatement extends PreparedStatement {
  readonly sent: SentStatement;
}

/**
 * A database whose statements another object of the platform executes.
 * @param openRunner called for each batch: what it returns belongs to the request that asked for it
 * @param keepAlive lets a promise settle after the request that made it has ended (waitUntil)
 */
export function createDatabase(
  openRunner: () => BatchRunner,
  keepAlive: (promise: Promise<unknown>) => void,
): Database {
  const read = shareReads(openRunner, () => Date.now(), keepAlive);
  const run = async <Row>(statements: readonly SentStatement[]): Promise<Result<Row>[]> => {
    const results = await send(openRunner(), statements);
    return results.map((result) => toResult<Row>(result));
  };

  function createStatement(sql: string, values: readonly Value[]): MachineStatement {
    const sent: SentStatement = [sql, values];
    const runOne = async <Row>(): Promise<Result<Row>> => {
      if (READS.test(sql)) return toResult<Row>(await read(sent));
      const [result] = await run<Row>([sent]);
      if (result === undefined) throw new Error('The record gave no result.');
      return result;
    };
    return {
      sent,
      bind: (...bound) => createStatement(sql, bound.map(checkValue)),
      first: async <Row>() => (await runOne<Row>()).results[0] ?? null,
      all: runOne,
      run: runOne,
    };
  }

  return {
    prepare: (sql) => createStatement(sql, []),
    batch: <Row>(statements: PreparedStatement[]) => run<Row>(statements.map(readSent)),
  };
}

/** The platform's limit for a message is 32 MiB. */
const MAX_MESSAGE_CHARACTERS = 4 * 1024 * 1024;

async function send(
  runner: BatchRunner,
  statements: readonly SentStatement[],
): Promise<readonly SentResult[]> {
  if (countCharacters(statements) <= MAX_MESSAGE_CHARACTERS) return runner.batch(statements);
  const batchId = crypto.randomUUID();
  const text = JSON.stringify(statements);
  for (let start = 0; start < text.length; start += MAX_MESSAGE_CHARACTERS) {
    await runner.addPart(batchId, text.slice(start, start + MAX_MESSAGE_CHARACTERS));
  }
  return runner.runParts(batchId);
}

function readSent(statement: PreparedStatement): SentStatement {
  if (isMachineStatement(statement)) return statement.sent;
  throw new TypeError('A batch takes only statements that this database has prepared.');
}

function isMachineStatement(statement: PreparedStatement): statement is MachineStatement {
  return 'sent' in statement;
}

function checkValue(value: unknown): Value {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`A statement binds text, numbers and null, not ${typeof value}.`);
}

function toResult<Row>({ columns, rows, changes }: SentResult): Result<Row> {
  const results = rows.map((values) => {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < columns.length; i++) row[columns[i] ?? ''] = values[i];
    return row;
  });
  // The statement decides the type of its rows, as with D1. The stores check each column they read.
  return { results: results as Row[], meta: { changes } };
}
