import type { Authority } from '../../src/authorities/authority.ts';
import type { LeafRequest } from '../../src/issuance/draft-leaf.ts';
import { createIssue, type IssuanceDependencies } from '../../src/issuance/issue-certificate.ts';
import { createLeafIssuer } from '../../src/issuance/issue-leaf.ts';
import { BUILT_IN_PROFILES, type Profile } from '../../src/issuance/profiles.ts';
import type { IssuanceCommit, IssuanceOutcome, IssuanceStore } from '../../src/issuance/store.ts';
import { UNBOUNDED } from '../../src/policy/bounds.ts';
import { NOW_MS, PUBLICATION_URL } from './authority.ts';

export interface FakeStore extends IssuanceStore {
  /** The commits that were asked for, in order. */
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

export type IssuerOptions = Partial<IssuanceDependencies> & {
  readonly profiles?: ReadonlyMap<string, Profile>;
};

/** The pipeline, with this authority whatever id is asked for. */
export function makePipeline(
  store: IssuanceStore,
  authority: Authority,
  overrides: Partial<IssuanceDependencies> = {},
) {
  return createIssue({
    store,
    clock: () => NOW_MS,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    publicationUrl: PUBLICATION_URL,
    takePartition: async () => 3,
    openAuthority: async () => authority,
    openBounds: UNBOUNDED,
    reopenAuthority: async (held) => held,
    ...overrides,
  });
}

export function makeIssuer(
  store: IssuanceStore,
  authority: Authority,
  { profiles = BUILT_IN_PROFILES, ...overrides }: IssuerOptions = {},
) {
  return createLeafIssuer(makePipeline(store, authority, overrides), profiles);
}

export function makeRequest(csrDer: Uint8Array, overrides: Partial<LeafRequest> = {}): LeafRequest {
  return {
    authorityId: 'default',
    csrDer,
    profile: 'tls-server-client',
    allowConfiguredProfile: false,
    principal: { accountId: 'root', actor: 'root-key', grant: null, policyId: null },
    origin: 'api',
    uniqueSubject: false,
    request: { requestId: 'a-request', remoteAddress: '192.0.2.1', country: 'NL' },
    ...overrides,
  };
}
