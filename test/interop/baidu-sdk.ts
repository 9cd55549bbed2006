import { createRequire } from 'node:module';

/** The used parts of the vendor's SDK, which its own types lack. */
interface Sdk {
  readonly BceBaseClient: new (
    config: { readonly endpoint: string; readonly credentials: SdkCredentials },
    serviceId: string,
  ) => SdkClient;
  readonly HttpClient: new (config: {
    readonly endpoint: string;
    readonly credentials: SdkCredentials;
  }) => SdkHttpClient;
  readonly Auth: new (accessKeyId: string, secret: string) => SdkAuth;
}

export interface SdkCredentials {
  /** The access key's id. */
  readonly ak: string;
  /** Its secret. */
  readonly sk: string;
}

/** The result of a call. */
export interface SdkResult {
  readonly http_headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface SdkClient {
  sendRequest(
    method: string,
    path: string,
    args: {
      readonly body?: string;
      readonly params?: Readonly<Record<string, string>>;
      readonly headers?: Record<string, string>;
    },
  ): Promise<SdkResult>;
}

export type SdkHeaders = Record<string, string | number>;

export type SignFunction = (
  credentials: SdkCredentials,
  method: string,
  path: string,
  params: Readonly<Record<string, string>>,
  headers: SdkHeaders,
) => string;

export interface SdkHttpClient {
  sendRequest(
    method: string,
    path: string,
    body: string | null,
    headers: SdkHeaders,
    params: Readonly<Record<string, string>>,
    sign: SignFunction,
  ): Promise<SdkResult>;
}

export interface SdkAuth {
  generateAuthorization(
    method: string,
    path: string,
    params: Readonly<Record<string, string>>,
    headers: SdkHeaders,
    timestampSeconds: number,
    validForSeconds: number,
    headersToSign?: readonly string[],
  ): string;
}

export const sdk: Sdk = createRequire(import.meta.url)('@baiducloud/sdk');
