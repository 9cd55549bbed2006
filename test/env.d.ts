import type { D1Migration } from 'cloudflare:test';
import type { BatchRunner } from '../src/machine/statements.ts';

/** The bindings that wrangler.toml and vitest.config.ts give the Worker under test. */
declare global {
  namespace Cloudflare {
    interface Env {
      readonly DB: D1Database;
      readonly TEST_MIGRATIONS: D1Migration[];
      /** Only in the project `machine`. */
      readonly RECORD?: { getByName(name: string): BatchRunner & DurableObjectStub };
      readonly FUZZ_RUNS: string;
      readonly FUZZ_SEED: string;
      readonly CA_KEY: string;
      readonly SEALING_KEY: string;
      readonly OPENSSL_CA_SECRET: string;
      readonly ROOT_ACCESS_KEY_ID: string;
      readonly ROOT_ACCESS_KEY_SECRET: string;
      readonly PUBLICATION_URL: string;
      readonly PUBLIC_URL: string;
      readonly CA_SUBJECT: string;
      readonly CA_VALIDITY_DAYS: string;
      readonly EDGE_TTL_SECONDS: string;
    }
  }
}
