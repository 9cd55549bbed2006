import type { AuditEvent } from '../audit/event.ts';
import type { Access } from './principal.ts';
import type { PageRequest } from './store.ts';

/** The session of a browser, without its token. */
export interface Session {
  /** `ses-` and 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accessKeyId: string;
  readonly accountId: string;
  /** The IP address of the sign-in; null if the platform did not give it. */
  readonly remoteAddress: string | null;
  readonly createdAtSeconds: number;
  /** Up to a minute late. */
  readonly lastUsedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

/** A session as it is listed. */
export interface ListedSession extends Session {
  /** Null for the root access key, and for one that was deleted. */
  readonly accessKeyName: string | null;
}

export interface SessionRecord {
  readonly session: Session;
  readonly tokenSha256Hex: string;
  /** Base64, see sessionMessage. */
  readonly mac: string;
}

/**
 * Every method throws SignetError record-unavailable. A change and its audit event are committed
 * together.
 */
export interface SessionStore {
  insertSession(record: SessionRecord, audit: AuditEvent): Promise<void>;
  findSession(tokenSha256Hex: string): Promise<SessionRecord | null>;
  noteUse(id: string, nowSeconds: number): Promise<void>;
  deleteSession(id: string, audit: AuditEvent): Promise<void>;
  /** Lists the sessions that the asking account may see and that have not ended, by id. */
  listSessions(
    page: PageRequest,
    endedBefore: EndedBefore,
    access: Access,
  ): Promise<readonly ListedSession[]>;
  /** Deletes a session that the asking account may see. Returns whether there was one. */
  revokeSession(id: string, access: Access, audit: AuditEvent): Promise<boolean>;
  /** Deletes at most `limit` sessions that have ended. Returns their number. */
  deleteEnded(endedBefore: EndedBefore, limit: number): Promise<number>;
}

/** A session has ended if it expired, or was last used, up to these times. Unix seconds. */
export interface EndedBefore {
  readonly expiredSeconds: number;
  readonly idleSeconds: number;
}

/** Every method throws SignetError record-unavailable. */
export interface SignInFailureStore {
  /**
   * Counts a failure of the address in a window, and one of the access key unless the address has then more
   * than `maxOfAddress`. Returns their numbers, with this one; 0 for what was not counted.
   */
  addFailure(
    subjects: { readonly address: string; readonly key: string },
    maxOfAddress: number,
    window: number,
  ): Promise<{ readonly ofAddress: number; readonly ofKey: number }>;
  /** Takes back a failure of each subject. */
  removeFailure(subjects: readonly string[], window: number): Promise<void>;
  /** Deletes at most `limit` rows of earlier windows. Returns their number. */
  deleteFailures(beforeWindow: number, limit: number): Promise<number>;
}
