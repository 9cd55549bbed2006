import type { Access } from '../access/principal.ts';

export interface CertificateCount {
  readonly authorityId: string;
  readonly profile: string;
  readonly valid: number;
  readonly expired: number;
  readonly revoked: number;
  readonly held: number;
  /** Of the valid ones, by the number of days. */
  readonly expiring: readonly { readonly days: number; readonly count: number }[];
}

export interface ListFigures {
  readonly authorityId: string;
  /** -1 for the complete CRL. */
  readonly partition: number;
  readonly number: number;
  readonly entries: number;
  readonly bytes: number;
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
}

export interface JobFigures {
  readonly job: string;
  readonly runs: number;
  readonly failures: number;
  readonly lastRunSeconds: number;
  readonly lastSuccessSeconds: number | null;
}

export interface WebhookFigures {
  readonly id: string;
  readonly enabled: boolean;
  readonly failingSinceSeconds: number | null;
  /** Entries of the audit record that it has not read yet, whether it wants them or not. */
  readonly unread: number;
  /** Events that were sent without success, and are sent again. */
  readonly retrying: number;
}

export interface Figures {
  readonly certificates: readonly CertificateCount[];
  readonly revocations: readonly {
    readonly authorityId: string;
    readonly reason: number;
    readonly total: number;
  }[];
  readonly lists: readonly ListFigures[];
  readonly jobs: readonly JobFigures[];
  readonly webhooks: readonly WebhookFigures[];
  /** Of CA certificates. */
  readonly authorities: readonly {
    readonly authorityId: string;
    readonly notAfterSeconds: number;
  }[];
}

export interface MetricsStore {
  /** Reads all of it in one round trip. @throws SignetError record-unavailable, and as `requireGranted` */
  readFigures(access: Access): Promise<Figures>;
  /** @throws SignetError record-unavailable */
  noteRun(job: string, succeeded: boolean, atSeconds: number): Promise<void>;
}
