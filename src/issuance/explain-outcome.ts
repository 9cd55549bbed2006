import { nonceUsed } from '../access/nonces.ts';
import { instanceUsed } from '../authorities/external-ca-instance.ts';
import { SignetError } from '../errors.ts';
import type { Bounds } from '../policy/bounds.ts';
import { PolicyChanged } from '../policy/policy-changed.ts';
import { nameOfCa } from './ca-name-rule.ts';
import { keyOfAuthority } from './last-gate.ts';
import { policyFull } from './policy-rule.ts';
import type { IssuanceOutcome } from './store.ts';

/**
 * The error for a certificate that was not recorded.
 * @param bounds the policies that it was judged by
 */
export function explainOutcome(outcome: IssuanceOutcome, bounds: Bounds): SignetError {
  switch (outcome) {
    case 'nonce-used':
      return nonceUsed();
    case 'instance-used':
      return instanceUsed();
    case 'policy-changed':
      return new PolicyChanged();
    case 'policy-full':
      return policyFull(bounds);
    case 'acme-order-changed':
      return new SignetError(
        'order-not-ready',
        'The order or one of its authorizations has changed meanwhile. Read the order.',
      );
    case 'key-of-authority':
      return keyOfAuthority();
    case 'name-of-ca':
      return nameOfCa();
    case 'subject-held':
      return new SignetError(
        'subject-already-certified',
        'This subject has a certificate that is neither expired nor revoked. Revoke it first.',
        { field: 'subject' },
      );
    case 'custom-identifier-taken':
      return new SignetError(
        'name-taken',
        'Another certificate of the account has this CustomIdentifier. Choose another one.',
        { field: 'customIdentifier' },
      );
    case 'key-blocked':
      return new SignetError(
        'key-compromised',
        'This public key was revoked for key compromise and is never certified again. Generate a new key pair.',
        { field: 'csr' },
      );
    default:
      return new SignetError(
        'authority-unavailable',
        'The authority cannot sign at this moment. Try again.',
        { cause: `issuance ended as ${outcome}` },
      );
  }
}
