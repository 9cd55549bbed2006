/** The id and secret that a client sends. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secret: string;
}
