import type { Authority } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { type CrlAuthority, currentCrl } from '../revocation/current-crl.ts';
import { type ReleaseRequest, releaseCertificate } from '../revocation/release.ts';
import { type RevocationRequest, revokeCertificate } from '../revocation/revoke.ts';
import { createCrlStore } from '../store/crl.ts';
import { createReleaseStore } from '../store/release.ts';
import { createRevocationStore } from '../store/revocation.ts';
import type { Foundation } from './foundation.ts';

/** Revoking, and the lists that tell of it. */
export function wireRevocation(
  { db, config, authorities, clock }: Foundation,
  listIds: () => Promise<readonly string[]>,
) {
  const revocation = { store: createRevocationStore(db), clock };
  const release = { store: createReleaseStore(db), clock };
  const crl = {
    store: createCrlStore(db),
    clock,
    crlLifetimeSeconds: config.crlLifetimeSeconds,
    renewBeforeSeconds: config.crlRenewBeforeSeconds,
  };

  /** Every generation whose certificate has not expired: what it signed must be revocable so long. */
  async function listAuthorities(): Promise<readonly CrlAuthority[]> {
    // The first start may not have made it yet.
    await authorities.openCurrent(DEFAULT_AUTHORITY_ID).catch(() => null);
    const opened: Authority[] = [];
    for (const id of await listIds()) opened.push(await authorities.open(id));
    return opened
      .filter(({ notAfterSeconds }) => notAfterSeconds * 1000 > clock())
      .map(crlAuthority);
  }

  return {
    crl,
    listAuthorities,
    services: {
      revokeCertificate: (request: RevocationRequest) => revokeCertificate(revocation, request),
      releaseCertificate: (request: ReleaseRequest) => releaseCertificate(release, request),
      currentCrl: (authority: Authority) => currentCrl(crl, crlAuthority(authority)),
      findRevision: (authorityId: string) => crl.store.findRevision(authorityId),
    },
  };
}

function crlAuthority(authority: Authority): CrlAuthority {
  const { id, subjectDer, subjectKeyIdentifier, notAfterSeconds, crlSigner } = authority;
  return { id, subjectDer, subjectKeyIdentifier, notAfterSeconds, signer: crlSigner };
}
