import type { NonceUse } from '../access/nonces.ts';
import type { IssuanceCommit } from './store.ts';

/** The certificate of a CA below, with what is used up for it. */
export interface SubordinateCommit extends Omit<IssuanceCommit, 'uniqueSubject'> {
  /** The certificate's UUID. */
  readonly identifier: string;
  /** The instance that it uses up, or null. */
  readonly instanceId: string | null;
  /** The nonce of the call that asks for it, or null. */
  readonly nonce: NonceUse | null;
}

export type SubordinateOutcome =
  | 'committed'
  | 'nonce-used'
  | 'instance-used'
  | 'key-blocked'
  | 'authority-key'
  | 'authority-changed'
  | 'serial-taken';

export interface SubordinateStore {
  /**
   * Records certificate, identifier, audit event and the use of the instance in one atomic batch, or
   * none of them: 'committed' alone lets the certificate out. The nonce is used up in any case;
   * nothing is recorded of a refusal.
   * @throws SignetError record-unavailable, and where the grant does not hold
   */
  commitSubordinate(commit: SubordinateCommit): Promise<SubordinateOutcome>;
}
