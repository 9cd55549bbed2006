import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { ChallengeOutcome, ChallengeType } from '../../src/acme/challenges/challenge.ts';
import { buildWorker } from '../../tools/worker/build-worker.ts';
import { serveBundle } from '../../tools/worker/serve-bundle.ts';
import type { CheckRequest } from '../acme/challenges/challenge-worker.ts';

export const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
export const KEY_AUTHORIZATION = `${TOKEN}.9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI`;
/** SHA-256 of the key authorization. */
export const DIGEST = createHash('sha256').update(KEY_AUTHORIZATION).digest();

export interface ChallengeChecker {
  check(request: CheckRequest): Promise<ChallengeOutcome>;
  stop(): Promise<void>;
}

/** Serves a Worker that runs the checks of src/acme/challenges with workerd's own sockets. */
export async function startChallengeChecker(): Promise<ChallengeChecker> {
  const bundle = buildWorker('test/acme/challenges/challenge-worker.ts');
  const server = await serveBundle(bundle);
  return {
    async check(request) {
      const response = await fetch(server.url, { method: 'POST', body: JSON.stringify(request) });
      if (response.status !== 200) throw new Error(await response.text());
      return await response.json();
    },
    async stop() {
      await server.stop();
      rmSync(bundle.directory, { recursive: true, force: true });
    },
  };
}

export function challengeOf(type: ChallengeType, value: string, kind: 'dns' | 'ip' = 'dns') {
  return {
    type,
    identifier: { type: kind, value },
    token: TOKEN,
    keyAuthorization: KEY_AUTHORIZATION,
  } as const;
}
