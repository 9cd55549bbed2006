import type { Authority } from '../../src/authorities/authority.ts';
import {
  createIssuer,
  type IssuanceDependencies,
  type IssuanceRequest,
} from '../../src/issuance/issue.ts';
import { BUILT_IN_PROFILES } from '../../src/issuance/profiles.ts';
import type { IssuanceCommit, IssuanceOutcome, IssuanceStore } from '../../src/issuance/store.ts';
import { NOW_MS, PUBLICATION_URL } from './authority.ts';

export interface FakeStore extends IssuanceStore {
  /** What was asked to be recorded, in order. */
  readonly commits: readonly IssuanceCommit[];
}

/** A store that answers commits with `outcomes`, one after the other, and then with 'committed'. */
export function makeStore(outcomes: readonly IssuanceOutcome[] = []): FakeStore {
  const commits: IssuanceCommit[] = [];
  return {
    commits,
    commitIssuance: async (commit) => outcomes[commits.push(commit) - 1] ?? 'committed',
  };
}

export function makeIssuer(store: IssuanceStore, overrides: Partial<IssuanceDependencies> = {}) {
  return createIssuer({
    store,
    clock: () => NOW_MS,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    profiles: BUILT_IN_PROFILES,
    publicationUrl: PUBLICATION_URL,
    takePartition: async () => 3,
    reopenAuthority: async (authority) => authority,
    ...overrides,
  });
}

export function makeRequest(
  authority: Authority,
  csrDer: Uint8Array,
  overrides: Partial<IssuanceRequest> = {},
): IssuanceRequest {
  return {
    authority,
    csrDer,
    profile: 'tls-server-client',
    principal: { accountId: 'root', actor: 'root-key', grant: null },
    origin: 'api',
    uniqueSubject: false,
    request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
    ...overrides,
  };
}
