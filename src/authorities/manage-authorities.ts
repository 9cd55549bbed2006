import type { Caller } from '../access/caller.ts';
import { callerBounded } from '../access/require-unbounded.ts';
import { PolicyChanged } from '../policy/policy-changed.ts';
import { changeAuthorityState, revokeAuthority, updateAuthority } from './change-authority.ts';
import { createAuthority } from './create-authority.ts';
import { completeAuthority, importAuthority } from './import-authority.ts';
import type { AuthorityManager, ImportedCa, ManagementDependencies } from './management.ts';
import { findAuthorityDetails, listAuthorities } from './read-authorities.ts';
import { rekeyAuthority } from './rekey-authority.ts';
import { renewAuthority } from './renew-authority.ts';

/** Everything that is done to authorities but for issuing by them. */
export function createAuthorityManager(dependencies: ManagementDependencies): AuthorityManager {
  /** Repeats an operation once if the policies that it was judged by have changed. */
  async function repeat<T>(caller: Caller, run: (caller: Caller) => Promise<T>): Promise<T> {
    try {
      return await run(caller);
    } catch (error) {
      if (!(error instanceof PolicyChanged)) throw error;
      return run({ ...caller, principal: await dependencies.secrets.refresh(caller.principal) });
    }
  }

  /** A policy names profiles, so a caller that it bounds must not give them other contents. */
  async function requireProfiles(caller: Caller, { profiles }: Pick<ImportedCa, 'profiles'>) {
    if (profiles == null) return;
    const { policyId } = await dependencies.secrets.refresh(caller.principal);
    if (policyId !== null) throw callerBounded();
  }

  return {
    list: (principal, page) => listAuthorities(dependencies, principal, page),
    find: (principal, id) => findAuthorityDetails(dependencies, principal, id),
    async create(caller, authority) {
      await requireProfiles(caller, authority);
      return repeat(caller, (current) => createAuthority(dependencies, current, authority));
    },
    async importCa(caller, ca) {
      await requireProfiles(caller, ca);
      return importAuthority(dependencies, caller, ca);
    },
    update: (caller, id, changes) => updateAuthority(dependencies, caller, id, changes),
    complete: (caller, id, chainPem) => completeAuthority(dependencies, caller, id, chainPem),
    renew: (caller, id, validity) =>
      repeat(caller, (current) => renewAuthority(dependencies, current, id, validity)),
    rekey: (caller, id, options) =>
      repeat(caller, (current) => rekeyAuthority(dependencies, current, id, options)),
    disable: (caller, id) => changeAuthorityState(dependencies, caller, id, 'disabled'),
    enable: (caller, id) => changeAuthorityState(dependencies, caller, id, 'active'),
    revoke: (caller, id, reason) => revokeAuthority(dependencies, caller, id, reason),
  };
}
