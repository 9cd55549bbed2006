import { changeAuthorityState, revokeAuthority, updateAuthority } from './change-authority.ts';
import { createAuthority } from './create-authority.ts';
import { completeAuthority, importAuthority } from './import-authority.ts';
import type { AuthorityManager, ManagementDependencies } from './management.ts';
import { findAuthorityDetails, listAuthorities } from './read-authorities.ts';
import { rekeyAuthority } from './rekey-authority.ts';
import { renewAuthority } from './renew-authority.ts';

/** Everything that is done to authorities but for issuing by them. */
export function createAuthorityManager(dependencies: ManagementDependencies): AuthorityManager {
  return {
    list: (principal, page) => listAuthorities(dependencies, principal, page),
    find: (principal, id) => findAuthorityDetails(dependencies, principal, id),
    create: (caller, authority) => createAuthority(dependencies, caller, authority),
    importCa: (caller, ca) => importAuthority(dependencies, caller, ca),
    update: (caller, id, changes) => updateAuthority(dependencies, caller, id, changes),
    complete: (caller, id, chainPem) => completeAuthority(dependencies, caller, id, chainPem),
    renew: (caller, id, validity) => renewAuthority(dependencies, caller, id, validity),
    rekey: (caller, id, options) => rekeyAuthority(dependencies, caller, id, options),
    disable: (caller, id) => changeAuthorityState(dependencies, caller, id, 'disabled'),
    enable: (caller, id) => changeAuthorityState(dependencies, caller, id, 'active'),
    revoke: (caller, id, reason) => revokeAuthority(dependencies, caller, id, reason),
  };
}
