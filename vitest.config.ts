import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';
import CountReporter from './tools/count-reporter.ts';
import { readMigrations } from './tools/machine/read-migrations.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');

/** The variables that the tests expect, even if a deployment changes wrangler.toml. */
const TEST_VARIABLES = {
  PUBLICATION_URL: 'http://127.0.0.1:8787',
  PUBLIC_URL: 'http://127.0.0.1:8787',
  CA_SUBJECT: 'CN=Signet Root CA',
  CA_VALIDITY_DAYS: '9131',
  EDGE_TTL_SECONDS: '60',
};

/** Makes the Worker's secrets: new keys for every run, and texts that the tests know. */
function makeTestSecrets(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    CA_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    SEALING_KEY: randomBytes(32).toString('base64'),
    OPENSSL_CA_SECRET: '0123456789abcdefghijklmnopqrstuv',
    ROOT_ACCESS_KEY_ID: 'root-key',
    ROOT_ACCESS_KEY_SECRET: 'root-secret-for-tests',
  };
}

/** Number and seed of the hostile requests: few and fixed here, many and new in npm run fuzz. */
const FUZZING = {
  FUZZ_RUNS: process.env.FUZZ_RUNS ?? '300',
  FUZZ_SEED: process.env.FUZZ_SEED ?? '1',
};

const RUN_WITH_SERVE = [
  ...[
    'acme/acme-client',
    'acme/certbot',
    'bce-sdk',
    'cas-external-ca',
    'challenges',
    'concurrency',
  ],
  ...['hierarchy', 'holds', 'import', 'metrics', 'ocsp', 'openssl-verify'],
  ...['webhooks'],
];

export default defineConfig({
  test: {
    reporters: ['default', new CountReporter()],
    // Vitest leaves one CPU free by default; with two CPUs that is half of them.
    maxWorkers: '100%',
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            main: './src/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              // Vitest imports node:inspector when it starts; without this every run prints a warning.
              compatibilityFlags: ['enable_nodejs_inspector_module'],
              bindings: {
                ...TEST_VARIABLES,
                ...makeTestSecrets(),
                ...FUZZING,
                TEST_MIGRATIONS: await readD1Migrations(MIGRATIONS_DIR),
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{interop,machine,scripts,tools}/**'],
          testTimeout: 20_000,
          // One workerd serves many files; openDatabase() gives each test an empty database.
          isolate: false,
        },
      },
      {
        // The stores on the database of `signet serve`.
        plugins: [
          cloudflareTest(async () => ({
            main: './src/machine/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              compatibilityFlags: ['enable_nodejs_inspector_module'],
              durableObjects: { RECORD: { className: 'MachineRecord', useSQLite: true } },
              bindings: {
                ...TEST_VARIABLES,
                ...makeTestSecrets(),
                TEST_MIGRATIONS: await readD1Migrations(MIGRATIONS_DIR),
                MIGRATIONS: readMigrations(MIGRATIONS_DIR).map(({ name, statements }) => ({
                  name,
                  statements: [...statements],
                })),
              },
            },
          })),
        ],
        test: {
          name: 'machine',
          include: ['test/{store,machine}/**/*.test.ts'],
          testTimeout: 20_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'interop',
          environment: 'node',
          include: ['test/{interop,scripts,tools}/**/*.test.ts'],
          setupFiles: ['tools/byte-encodings.ts'],
          globalSetup: ['test/interop/build-once.ts'],
          // An import takes seconds; the limit leaves room for a machine that is busy otherwise.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // What other people's clients do, once more with `signet serve`.
        test: {
          name: 'serve',
          environment: 'node',
          env: { SIGNET_TEST_SERVER: 'serve' },
          include: RUN_WITH_SERVE.map((name) => `test/interop/${name}.test.ts`),
          setupFiles: ['tools/byte-encodings.ts'],
          globalSetup: ['test/interop/build-once.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
