import { changeAuthorityState, revokeAuthority, setProfiles } from './change-authority.ts';
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
    create: (asking, authority) => createAuthority(dependencies, asking, authority),
    importCa: (asking, ca) => importAuthority(dependencies, asking, ca),
    setProfiles: (asking, id, profiles) => setProfiles(dependencies, asking, id, profiles),
    complete: (asking, id, chainPem) => completeAuthority(dependencies, asking, id, chainPem),
    renew: (asking, id, validity) => renewAuthority(dependencies, asking, id, validity),
    rekey: (asking, id, options) => rekeyAuthority(dependencies, asking, id, options),
    disable: (asking, id) => changeAuthorityState(dependencies, asking, id, 'disabled'),
    enable: (asking, id) => changeAuthorityState(dependencies, asking, id, 'active'),
    revoke: (asking, id, reason) => revokeAuthority(dependencies, asking, id, reason),
  };
}
