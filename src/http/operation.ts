import type { AuthorizedCall } from './call.ts';
import type { Endpoint } from './endpoint.ts';

/** The description of a route apart from its handler. Only until the last one is an Endpoint. */
export interface Operation
  extends Pick<
    Endpoint,
    'tag' | 'summary' | 'description' | 'query' | 'request' | 'answers' | 'errors'
  > {
  readonly handle: (call: AuthorizedCall) => Promise<Response>;
  readonly path?: Readonly<Record<string, string>>;
}
