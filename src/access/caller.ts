import type { RequestContext } from '../audit/event.ts';
import type { Principal } from './principal.ts';

/** The client that asks for an operation, and the request that it came with. */
export interface Caller {
  readonly principal: Principal;
  readonly request: RequestContext;
}
