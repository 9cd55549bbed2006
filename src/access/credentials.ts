/** An access key as a client shows it, secret and all. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secret: string;
}
