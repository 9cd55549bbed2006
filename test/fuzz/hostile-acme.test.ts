import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, type Mock, vi } from 'vitest';
import { encodeBase64url, makeAcmeKey } from '../acme/jws.ts';
import { countAcme } from '../http/acme/expect-problem.ts';
import { mockResolver } from '../http/acme/resolver.ts';
import { openWorker, type Received } from '../http/live.ts';
import { aim, openSetting, PRE_AUTHORIZED, renewSetting } from './acme-setting.ts';
import { readAcmeOutcome } from './check-acme-answer.ts';
import { checkLog } from './check-answer.ts';
import { acmeRecipes, makeAcmeBody, RESOURCES, type Resource } from './hostile-acme-request.ts';
import { openKitchen } from './hostile-csr.ts';

const RUNS = Number(env.FUZZ_RUNS);
const SEED = Number(env.FUZZ_SEED);
/** Leaves time for a busy machine and for shrinking a counterexample. */
const TIMEOUT_MS = 30_000 + RUNS * 100;

/** Refusals that must occur, to prove that requests get past the outermost checks. */
const COMMON_REFUSALS: readonly string[] = [
  'badCSR',
  'badNonce',
  'badSignatureAlgorithm',
  'malformed',
];
const RARE_REFUSALS: readonly string[] = [
  'accountDoesNotExist',
  'badPublicKey',
  'badRevocationReason',
  'invalidContact',
  'invalidProfile',
  'rejectedIdentifier',
  'unauthorized',
  'unsupportedIdentifier',
];
const MANY_RUNS = 5000;

/** The tables in which a request that is not refused may add rows. */
const WRITTEN: Readonly<Partial<Record<Resource, readonly string[]>>> = {
  'new-account': ['acme_accounts'],
  'new-order': ['acme_orders', 'acme_authorizations'],
  finalize: ['certificates'],
  'revoke-cert': ['revocations'],
};

describe('hostile requests of ACME', () => {
  let log: Mock;
  let resolver: Mock;

  beforeEach(() => {
    log = vi.spyOn(console, 'log').mockReturnValue();
    // No name exists.
    resolver = mockResolver(new Map());
  });

  afterEach(() => {
    log.mockRestore();
    resolver.mockRestore();
  });

  it(
    `get a well-formed answer, a fresh nonce, and only the expected rows (${RUNS} runs, seed ${SEED})`,
    async () => {
      const live = await openWorker();
      const kitchen = await openKitchen();
      const otherKey = await makeAcmeKey();
      let setting = await openSetting(live);
      let nonce = await setting.client.nonce();
      let before = await countAcme(live);
      const nonces = new Set([nonce]);
      const outcomes = new Map<string, number>();

      /** Throws if a refused request wrote something, or another one what it should not. */
      async function checkRows(resource: Resource, isDone: boolean): Promise<void> {
        const after = await countAcme(live);
        // Refusals that the database finds are audit events.
        const grown = Object.keys(after).filter(
          (table) => table !== 'audit_events' && after[table] !== before[table],
        );
        const allowed = isDone ? (WRITTEN[resource] ?? []) : [];
        expect(grown.filter((table) => !allowed.includes(table))).toEqual([]);
        for (const table of ['certificates', 'revocations', 'acme_orders']) {
          expect(Number(after[table]) - Number(before[table])).toBeLessThanOrEqual(1);
        }
        before = after;
      }

      async function check(resource: Resource, answer: Received): Promise<string> {
        const outcome = readAcmeOutcome(answer, (made) => nonces.has(made));
        checkLog(log.mock.calls.flat(), answer);
        nonce = answer.headers.get('Replay-Nonce') ?? '';
        nonces.add(nonce);
        await checkRows(resource, outcome === 'done');
        if (outcome === 'done' && resource === 'finalize') {
          expect(answer.json.identifiers).toEqual([{ type: 'dns', value: PRE_AUTHORIZED }]);
        }
        return outcome;
      }

      const property = fc.asyncProperty(acmeRecipes, async (recipe) => {
        const { resource, contentType } = recipe;
        const target = await aim(setting, resource, nonce);
        const csr = recipe.csr && resource === 'finalize' ? await kitchen.cook(recipe.csr) : null;
        const changed =
          csr === null ? target : { ...target, payload: { csr: encodeBase64url(csr) } };
        const body = await makeAcmeBody(recipe, changed, otherKey);
        log.mockClear();
        const headers = { 'Content-Type': contentType };
        const answer = await setting.client.send(target.url, { method: 'POST', body, headers });
        const outcome = await check(resource, answer).catch((error: unknown) => {
          throw new Error(`${String(error)}\nsent to ${target.url}: ${body}`, { cause: error });
        });
        outcomes.set(`${resource}: ${outcome}`, (outcomes.get(`${resource}: ${outcome}`) ?? 0) + 1);
        const renewed = await renewSetting(live, setting, resource, answer);
        if (renewed !== setting) before = await countAcme(live);
        setting = renewed;
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });

      const table = [...outcomes]
        .sort()
        .map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
      console.info(`${RUNS} hostile requests of ACME, seed ${SEED}\n${table.join('\n')}`);
      const names = [...outcomes.keys()];
      const isMissing = (refusal: string) => !names.some((name) => name.endsWith(`: ${refusal}`));
      const wanted = RUNS < MANY_RUNS ? [] : RARE_REFUSALS;
      expect([...COMMON_REFUSALS, ...wanted].filter(isMissing)).toEqual([]);
      const isNeverDone = (resource: Resource) => !outcomes.has(`${resource}: done`);
      expect(RESOURCES.filter(isNeverDone)).toEqual(['alternate']);
    },
    TIMEOUT_MS,
  );
});
