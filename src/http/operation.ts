import type { Endpoint } from './endpoint.ts';

/** The description of a route apart from its handler. Only until the last one is an Endpoint. */
export interface Operation
  extends Pick<
    Endpoint,
    'tag' | 'summary' | 'description' | 'query' | 'request' | 'answers' | 'errors'
  > {
  /** Without it, the name of the handler. */
  readonly id?: string;
  readonly handle: { readonly name: string };
  readonly path?: Readonly<Record<string, string>>;
}
