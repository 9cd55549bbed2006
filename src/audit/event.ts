/** The origin of a request, as the server sees it; nothing here is claimed by the client. */
export interface RequestContext {
  /** A UUID made by the server. */
  readonly requestId: string;
  /** CF-Connecting-IP, or null if the platform sent none. */
  readonly remoteAddress: string | null;
  /** ISO 3166-1 alpha-2, or null if unknown. */
  readonly country: string | null;
}

export type AuditAction =
  | 'account.create'
  | 'account.update'
  | 'account.delete'
  | 'access-key.create'
  | 'access-key.update'
  | 'access-key.delete'
  | 'session.begin'
  | 'session.end'
  | 'session.revoke'
  | 'policy.create'
  | 'policy.update'
  | 'policy.delete'
  | 'acme-account.create'
  | 'acme-account.update'
  | 'acme-account.change-key'
  | 'acme-account.deactivate'
  | 'acme-authorization.validate'
  | 'acme-authorization.deactivate'
  | 'eab-key.create'
  | 'eab-key.update'
  | 'eab-key.delete'
  | 'authority.create'
  | 'authority.import'
  | 'authority.request'
  | 'authority.complete'
  | 'authority.renew'
  | 'authority.rekey'
  | 'authority.update'
  | 'authority.disable'
  | 'authority.enable'
  | 'authority.revoke'
  | 'authority.expire-soon'
  | 'authority.expire'
  | 'certificate.issue'
  | 'certificate.import'
  | 'certificate.revoke'
  | 'certificate.release'
  | 'certificate.expire-soon'
  | 'key.block'
  | 'crl.import'
  | 'ocsp-responder.upload'
  | 'ocsp-responder.delete'
  | 'cas.call'
  | 'external-ca-instance.create'
  | 'external-ca-instance.refund'
  | 'inventory.create'
  | 'inventory.replace'
  | 'inventory.rename'
  | 'inventory.delete'
  | 'inventory.read-private-key'
  | 'inventory.bind'
  | 'inventory.unbind'
  | 'inventory.expire-soon'
  | 'inventory.expire'
  | 'webhook.create'
  | 'webhook.update'
  | 'webhook.rotate-secret'
  | 'webhook.delete'
  | 'webhook.test'
  | 'webhook.replay'
  | 'webhook.disable'
  | 'record.restore';

/** One event of the append-only audit record. */
export interface AuditEvent {
  /** Unix time in ms. */
  readonly atMs: number;
  readonly accountId: string;
  /** The access key's id, or the name of the shared secret or job that acted. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly outcome: 'done' | 'refused';
  readonly authorityId: string | null;
  /** The object of the action: a serial number in hex, or an id. */
  readonly target: string | null;
  /** Further facts; never a secret, a key or a request body. */
  readonly detail: Readonly<Record<string, string | number>>;
  readonly request: RequestContext;
}
