/** The session of a browser, without its token. */
export interface Session {
  /** `ses-` and 20 of A-Za-z0-9. */
  readonly id: string;
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Where it was begun; null if the platform did not say. */
  readonly remoteAddress: string | null;
  readonly createdAtSeconds: number;
  /** Up to a minute late. */
  readonly lastUsedAtSeconds: number;
  readonly expiresAtSeconds: number;
}

export interface SessionRecord {
  readonly session: Session;
  readonly tokenSha256Hex: string;
  /** Base64, see sessionMessage. */
  readonly mac: string;
}

/** Every method throws SignetError record-unavailable. */
export interface SessionStore {
  insertSession(record: SessionRecord): Promise<void>;
  findSession(tokenSha256Hex: string): Promise<SessionRecord | null>;
  noteUse(id: string, nowSeconds: number): Promise<void>;
  deleteSession(id: string): Promise<void>;
}
