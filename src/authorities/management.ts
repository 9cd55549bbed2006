import type { Caller } from '../access/caller.ts';
import type { Page } from '../access/page.ts';
import type { Principal } from '../access/principal.ts';
import type { AccessKeySecrets } from '../access/secrets.ts';
import type { PageRequest } from '../access/store.ts';
import type { Config } from '../config.ts';
import type { Profile } from '../issuance/profiles.ts';
import type { Sealer } from '../keys/sealing.ts';
import type { TakePartition } from '../lists/partitions.ts';
import type { OpenBounds } from '../policy/bounds.ts';
import type { EdgePurge } from '../revocation/edge-purge.ts';
import type { RevocationReason } from '../revocation/reasons.ts';
import type { RandomBytes } from '../x509/certificate/serial-number.ts';
import type { AcmeSettings } from './acme-settings.ts';
import type { CaLimits } from './ca-limits.ts';
import type { KeyChoice } from './choose-key.ts';
import type { AuthorityManagementStore } from './management-store.ts';
import type { Authorities } from './open-authority.ts';
import type { AuthorityRecord } from './store.ts';

export interface ManagementDependencies {
  readonly config: Pick<Config, 'caKeyPem' | 'caKeyPems' | 'publicationUrl'>;
  readonly store: AuthorityManagementStore;
  readonly secrets: Pick<AccessKeySecrets, 'refresh'>;
  readonly openBounds: OpenBounds;
  readonly edge: EdgePurge;
  readonly authorities: Authorities;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
  readonly takePartition: TakePartition;
}

export interface NewAuthority {
  readonly name: string;
  /** RFC 4514. */
  readonly subject: string;
  readonly key: KeyChoice;
  /** A `root` signs itself; with a parent `elsewhere` it waits for a certificate; else the parent's id. */
  readonly parent:
    | { readonly kind: 'root' | 'elsewhere' }
    | { readonly kind: 'here'; readonly id: string };
  /** See resolveCaValidity. Ignored if the parent is elsewhere. */
  readonly validity: string | null;
  readonly limits: CaLimits;
  /** Instead of those of the configuration. */
  readonly profiles?: ReadonlyMap<string, Profile> | null;
}

/** A field that is left out stays unchanged. */
export interface AuthorityChanges {
  /** Null for those of the configuration. */
  readonly profiles?: ReadonlyMap<string, Profile> | null;
  /** A policy of the authority's account or of `root`; null for none. */
  readonly policyId?: string | null;
  /** Null for the defaults. */
  readonly acme?: AcmeSettings | null;
}

export interface ImportedCa {
  readonly name: string;
  /** The CA certificate and its issuers up to the root, in any order. */
  readonly chainPem: string;
  readonly key: KeyChoice;
  /** Instead of those of the configuration. */
  readonly profiles?: ReadonlyMap<string, Profile> | null;
}

/** An authority with all its generations. */
export interface AuthorityDetails {
  readonly current: AuthorityRecord;
  /** Oldest first. */
  readonly generations: readonly AuthorityRecord[];
  /** Certificates of each generation's key by other generations, by id. */
  readonly crossCertificates: ReadonlyMap<string, readonly Uint8Array[]>;
}

/** All throw SignetError record-unavailable, and if the grant does not hold. */
export interface AuthorityManager {
  list(principal: Principal, page: PageRequest): Promise<Page<AuthorityRecord>>;
  /** @throws SignetError authority-not-found */
  find(principal: Principal, id: string): Promise<AuthorityDetails>;
  /** @throws SignetError invalid-parameter, constraint-violated and other errors of the request */
  create(caller: Caller, authority: NewAuthority): Promise<AuthorityRecord>;
  importCa(caller: Caller, ca: ImportedCa): Promise<AuthorityRecord>;
  /**
   * Changes what an authority issues. A caller that a policy bounds is refused.
   * @throws SignetError authority-not-found, policy-not-found, forbidden, sealing-unavailable
   */
  update(caller: Caller, id: string, changes: AuthorityChanges): Promise<void>;
  /** Takes a certificate from a parent elsewhere: the first or the next one. */
  complete(caller: Caller, id: string, chainPem: string): Promise<AuthorityRecord>;
  /** Makes a new certificate for the same key. For its validity see resolveCaValidity. */
  renew(caller: Caller, id: string, validity: string | null): Promise<AuthorityRecord>;
  /** Makes a new generation with a new key and returns it. */
  rekey(
    caller: Caller,
    id: string,
    options: { readonly key: KeyChoice; readonly validity: string | null },
  ): Promise<AuthorityRecord>;
  disable(caller: Caller, id: string): Promise<void>;
  enable(caller: Caller, id: string): Promise<void>;
  revoke(caller: Caller, id: string, reason: RevocationReason): Promise<void>;
}
