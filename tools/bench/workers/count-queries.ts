import signet from '../../../src/index.ts';

/**
 * Signet with a counting database. Each response has `X-D1-Round-Trips`, the request's round trips to
 * D1, and `X-D1-Rows-Read`, `X-D1-Rows-Written` and `X-D1-Duration-Ms`, as reported by D1, up to the response. Send one
 * request at a time.
 */

interface Env {
  readonly DB: D1Database;
}

type Platform = Parameters<typeof signet.fetch>;

let roundTrips = 0;
let rowsRead = 0;
let rowsWritten = 0;
/** In ms, as D1 reports it. */
let duration = 0;
/** One counting environment per given one, because Signet keeps its parts per environment. */
const countedEnvs = new WeakMap<object, Platform[1]>();

const GOES_TO_D1 = new Set(['run', 'all', 'first']);

function note<T extends D1Result>(result: T): T {
  rowsRead += result.meta.rows_read;
  rowsWritten += result.meta.rows_written;
  duration += result.meta.duration;
  return result;
}

/** Returns a statement that counts when it runs; `batch` gets the original. */
const originals = new WeakMap<object, D1PreparedStatement>();

function countStatement(statement: D1PreparedStatement): D1PreparedStatement {
  const counted = new Proxy(statement, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== 'function') return value;
      return (...parameters: unknown[]) => {
        if (GOES_TO_D1.has(String(property))) {
          roundTrips++;
          // D1 reports no cost for `first`.
          const results = target.all().then(note);
          return property === 'first' ? results.then(({ results: [row] }) => row ?? null) : results;
        }
        const result: unknown = Reflect.apply(value, target, parameters);
        return property === 'bind' ? countStatement(target.bind(...parameters)) : result;
      };
    },
  });
  originals.set(counted, statement);
  return counted;
}

function countDatabase(database: D1Database): D1Database {
  return new Proxy(database, {
    get(target, property) {
      if (property === 'prepare') return (sql: string) => countStatement(target.prepare(sql));
      if (property === 'batch') {
        return (statements: D1PreparedStatement[]) => {
          roundTrips++;
          const uncounted = statements.map((counted) => originals.get(counted) ?? counted);
          return target.batch(uncounted).then((results) => results.map(note));
        };
      }
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function countEnv(env: Env & Platform[1]): Platform[1] {
  const known = countedEnvs.get(env);
  if (known !== undefined) return known;
  const counted = { ...env, DB: countDatabase(env.DB) };
  countedEnvs.set(env, counted);
  return counted;
}

export default {
  async fetch(request: Platform[0], env: Env & Platform[1], context: Platform[2]) {
    roundTrips = 0;
    rowsRead = 0;
    rowsWritten = 0;
    duration = 0;
    const answer = await signet.fetch(request, countEnv(env), context);
    const response = new Response(answer.body, answer);
    response.headers.set('X-D1-Round-Trips', String(roundTrips));
    response.headers.set('X-D1-Rows-Read', String(rowsRead));
    response.headers.set('X-D1-Rows-Written', String(rowsWritten));
    response.headers.set('X-D1-Duration-Ms', String(duration));
    return response;
  },
};
