import { type Principal, ROOT_ACCOUNT_ID } from '../access/principal.ts';
import { EXTENDED_KEY_USAGE_OID } from '../asn1/oids.ts';
import { SignetError } from '../errors.ts';

/**
 * Whoever has a certificate for signing OCSP responses, of a CA or not, speaks for the CA of all its
 * certificates (RFC 6960 section 4.2.2.2), also of revoked ones: the administrator alone gives that
 * away.
 * @param extendedKeyUsages dotted OIDs; null where the extension is missing
 * @throws SignetError constraint-violated
 */
export function refuseDelegation(
  { accountId }: Principal,
  extendedKeyUsages: readonly string[] | null,
): void {
  if (accountId === ROOT_ACCOUNT_ID) return;
  if (extendedKeyUsages?.includes(EXTENDED_KEY_USAGE_OID.OCSPSigning) !== true) return;
  throw new SignetError(
    'constraint-violated',
    'The extended key usage OCSPSigning is given out by the account root alone: leave it out.',
    { field: 'extendedKeyUsages' },
  );
}
