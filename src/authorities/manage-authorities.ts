import type { Page } from '../access/page.ts';
import type { Principal } from '../access/principal.ts';
import type { PageRequest } from '../access/store.ts';
import type { RequestContext } from '../audit/event.ts';
import type { Config } from '../config.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { RevocationReason } from '../revocation/reasons.ts';
import type { RandomBytes } from '../x509/serial-number.ts';
import type { CaLimits } from './ca-limits.ts';
import { changeAuthorityState, revokeAuthority } from './change-authority.ts';
import type { KeyChoice } from './choose-key.ts';
import { createAuthority } from './create-authority.ts';
import { completeAuthority, importAuthority } from './import-authority.ts';
import type { AuthorityManagementStore } from './management-store.ts';
import type { Authorities } from './open-authority.ts';
import { findAuthorityDetails, listAuthorities } from './read-authorities.ts';
import { rekeyAuthority } from './rekey-authority.ts';
import { renewAuthority } from './renew-authority.ts';
import type { AuthorityRecord } from './store.ts';

export interface ManagementDependencies {
  readonly config: Pick<Config, 'caKeyPem' | 'caKeyPems' | 'publicationUrl'>;
  readonly store: AuthorityManagementStore;
  readonly authorities: Authorities;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

/** Who asks, and how. */
export interface Asking {
  readonly principal: Principal;
  readonly request: RequestContext;
}

export interface NewAuthority {
  readonly name: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly key: KeyChoice;
  /** `root` signs itself; `elsewhere` waits for a certificate; else the id of the parent here. */
  readonly parent:
    | { readonly kind: 'root' | 'elsewhere' }
    | { readonly kind: 'here'; readonly id: string };
  /** See resolveValidity. */
  readonly validity: string;
  readonly limits: CaLimits;
}

/** An authority with everything that is told of it. */
export interface AuthorityDetails {
  readonly current: AuthorityRecord;
  /** Oldest first. */
  readonly generations: readonly AuthorityRecord[];
  /** Certificates of each generation's key by other generations, by id. */
  readonly crossCertificates: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** All throw SignetError where the grant does not hold, and record-unavailable. */
export interface AuthorityManager {
  list(principal: Principal, page: PageRequest): Promise<Page<AuthorityRecord>>;
  /** @throws SignetError authority-not-found */
  find(principal: Principal, id: string): Promise<AuthorityDetails>;
  /** @throws SignetError invalid-parameter, constraint-violated and what else is wrong with it */
  create(asking: Asking, authority: NewAuthority): Promise<AuthorityRecord>;
  /** @param chainPem the CA certificate and its issuers up to the root, in any order */
  importCa(
    asking: Asking,
    ca: { readonly name: string; readonly chainPem: string; readonly key: KeyChoice },
  ): Promise<AuthorityRecord>;
  /** Gives a pending authority its first certificate, or one with a parent elsewhere its next. */
  complete(asking: Asking, id: string, chainPem: string): Promise<AuthorityRecord>;
  /** A new certificate for the same key. */
  renew(asking: Asking, id: string, validity: string): Promise<AuthorityRecord>;
  /** A new generation with a key of its own; answers it. */
  rekey(
    asking: Asking,
    id: string,
    options: { readonly key: KeyChoice; readonly validity: string },
  ): Promise<AuthorityRecord>;
  disable(asking: Asking, id: string): Promise<void>;
  enable(asking: Asking, id: string): Promise<void>;
  /** Answers the ids of the authorities whose lists hold something new. */
  revoke(asking: Asking, id: string, reason: RevocationReason): Promise<readonly string[]>;
}

/** Everything that is done to authorities but for issuing by them. */
export function createAuthorityManager(dependencies: ManagementDependencies): AuthorityManager {
  return {
    list: (principal, page) => listAuthorities(dependencies, principal, page),
    find: (principal, id) => findAuthorityDetails(dependencies, principal, id),
    create: (asking, authority) => createAuthority(dependencies, asking, authority),
    importCa: (asking, ca) => importAuthority(dependencies, asking, ca),
    complete: (asking, id, chainPem) => completeAuthority(dependencies, asking, id, chainPem),
    renew: (asking, id, validity) => renewAuthority(dependencies, asking, id, validity),
    rekey: (asking, id, options) => rekeyAuthority(dependencies, asking, id, options),
    disable: (asking, id) => changeAuthorityState(dependencies, asking, id, 'disabled'),
    enable: (asking, id) => changeAuthorityState(dependencies, asking, id, 'active'),
    revoke: (asking, id, reason) => revokeAuthority(dependencies, asking, id, reason),
  };
}
