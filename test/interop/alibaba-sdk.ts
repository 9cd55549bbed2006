import { createRequire } from 'node:module';
import type { RunningServer } from './server.ts';

type Fields = Readonly<Record<string, string>>;
type Model<T> = new (fields: T) => object;

/** The used parts of the vendor's generic client, whose types need a package that it does not export. */
interface Sdk {
  readonly default: new (config: object) => SdkClient;
  readonly $OpenApiUtil: {
    readonly Config: Model<Fields>;
    readonly Params: Model<Fields>;
    readonly OpenApiRequest: Model<{ readonly query?: Fields; readonly body?: Fields }>;
  };
}

interface SdkClient {
  /** Rejects with the server's error, which has `code`, `message` and `statusCode`. */
  callApi(params: object, request: object, runtime: object): Promise<SdkAnswer>;
}

export interface SdkAnswer {
  readonly statusCode: number;
  readonly body: Fields;
}

const sdk: Sdk = createRequire(import.meta.url)('@alicloud/openapi-core');

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

export function rootKey({ secrets }: RunningServer): AccessKey {
  return { id: secrets.ROOT_ACCESS_KEY_ID ?? '', secret: secrets.ROOT_ACCESS_KEY_SECRET ?? '' };
}

/** Calls an action with signature version 3; `where` says where the parameters go. */
export function callAction(
  server: RunningServer,
  action: string,
  parameters: Fields,
  key = rootKey(server),
  where: 'query' | 'form' = 'query',
): Promise<SdkAnswer> {
  const client = new sdk.default(
    new sdk.$OpenApiUtil.Config({
      accessKeyId: key.id,
      accessKeySecret: key.secret,
      endpoint: new URL(server.url).host,
      protocol: 'HTTP',
    }),
  );
  const params = new sdk.$OpenApiUtil.Params({
    action,
    version: '2020-06-30',
    protocol: 'HTTP',
    pathname: '/',
    method: 'POST',
    authType: 'AK',
    style: 'RPC',
    reqBodyType: 'formData',
    bodyType: 'json',
  });
  const request = where === 'query' ? { query: parameters } : { body: parameters };
  return client.callApi(params, new sdk.$OpenApiUtil.OpenApiRequest(request), { autoretry: false });
}
