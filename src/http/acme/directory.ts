import { listAcmeProfiles } from '../../acme/orders/order-profile.ts';
import type { Authority } from '../../authorities/authority.ts';
import { authorityNotFound } from '../../authorities/authority-not-found.ts';
import { formatProfileValidity, type Profile } from '../../issuance/profiles.ts';
import { nameExtendedKeyUsage } from '../../x509/certificate/extended-key-usages.ts';
import { type HttpContext, note } from '../context.ts';
import { makeUrl, readLineageId } from './urls.ts';

/** Answers the directory of an authority (RFC 8555 section 7.1.1). */
export async function getDirectory(c: HttpContext): Promise<Response> {
  const authority = await openAcmeAuthority(c);
  const { acmeTermsOfService, acmeWebsite, acmeCaaIdentities, profiles } = c.get('services').config;
  note(c, `sent the directory of ${authority.lineageId}`);
  return c.json({
    newNonce: makeUrl(c, 'new-nonce'),
    newAccount: makeUrl(c, 'new-account'),
    newOrder: makeUrl(c, 'new-order'),
    revokeCert: makeUrl(c, 'revoke-cert'),
    keyChange: makeUrl(c, 'key-change'),
    renewalInfo: makeUrl(c, 'renewal-info'),
    meta: {
      ...(acmeTermsOfService === null ? {} : { termsOfService: acmeTermsOfService }),
      ...(acmeWebsite === null ? {} : { website: acmeWebsite }),
      ...(acmeCaaIdentities.length === 0 ? {} : { caaIdentities: acmeCaaIdentities }),
      externalAccountRequired: requiresBinding(authority),
      profiles: Object.fromEntries(
        [...listAcmeProfiles(authority.profiles ?? profiles)].map(([name, profile]) => [
          name,
          describeProfile(profile),
        ]),
      ),
    },
  });
}

/** Answers HEAD with 200 and GET with 204 (RFC 8555 section 7.2). Every answer has a nonce. */
export async function getNonce(c: HttpContext): Promise<Response> {
  // Fails if no nonce can be made: an answer without one would be no use.
  await c.get('services').acmeNonces.make();
  return c.body(null, c.req.method === 'HEAD' ? 200 : 204);
}

/**
 * Opens the authority of the directory. It must be active, and named by its own id.
 * @throws SignetError authority-not-found, authority-unavailable
 */
export async function openAcmeAuthority(c: HttpContext): Promise<Authority> {
  const lineageId = readLineageId(c);
  const authority = await c.get('services').openCurrentAuthority(lineageId);
  if (authority.lineageId === lineageId && authority.state === 'active') return authority;
  throw authorityNotFound(lineageId);
}

/** Whether new accounts need an external account binding. */
export function requiresBinding({ acme }: Authority): boolean {
  return acme.externalAccountRequired;
}

function describeProfile(profile: Profile): string {
  const usages = profile.extendedKeyUsages.map(nameExtendedKeyUsage).join(', ');
  return `Valid for ${formatProfileValidity(profile)}, for ${usages}`;
}
