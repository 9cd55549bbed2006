/** An authenticated access key. `AccessKeySecrets.permit` makes a principal of it. */
export interface Identity {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Whether it is the root access key from the configuration, which needs no grant. */
  readonly root: boolean;
}
