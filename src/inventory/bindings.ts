import type { Principal } from '../access/principal.ts';
import { describeAct } from '../audit/describe-act.ts';
import type { RequestContext } from '../audit/event.ts';
import { SignetError } from '../errors.ts';
import { checkBindingPart } from './names.ts';
import { notFound } from './refusals.ts';
import type { Binding, BindingStore } from './store.ts';

/** Lists contain all bindings of a certificate, so their number is limited. */
const MAX_BINDINGS = 100;

/** A service's resource that uses a certificate. */
export interface BindingTarget {
  readonly serviceName: string;
  readonly resourceId: string;
}

export interface Bindings {
  /** @throws SignetError inventory-not-found, invalid-parameter, quota-exceeded */
  bind(
    principal: Principal,
    id: string,
    target: BindingTarget,
    request: RequestContext,
  ): Promise<void>;
  /** @throws SignetError inventory-not-found, invalid-parameter, not-found if there is no such binding */
  unbind(
    principal: Principal,
    id: string,
    target: BindingTarget,
    request: RequestContext,
  ): Promise<void>;
  /** @throws SignetError inventory-not-found */
  listBindings(principal: Principal, id: string): Promise<readonly Binding[]>;
}

/** @param clock Unix ms */
export function createBindings(store: BindingStore, clock: () => number): Bindings {
  function prepare(
    action: 'inventory.bind' | 'inventory.unbind',
    principal: Principal,
    id: string,
    { serviceName, resourceId }: BindingTarget,
    request: RequestContext,
  ) {
    checkBindingPart('serviceName', serviceName);
    checkBindingPart('resourceId', resourceId);
    const act = { principal, atMs: clock(), request };
    const audit = describeAct(act, action, id, { serviceName, resourceId });
    return { id, serviceName, resourceId, audit };
  }

  return {
    async bind(principal, id, target, request) {
      const commit = prepare('inventory.bind', principal, id, target, request);
      const outcome = await store.bind(principal, { ...commit, mostBindings: MAX_BINDINGS });
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'too-many') {
        throw new SignetError(
          'quota-exceeded',
          `A certificate may have ${MAX_BINDINGS} bindings. Remove one first.`,
        );
      }
    },

    async unbind(principal, id, target, request) {
      const commit = prepare('inventory.unbind', principal, id, target, request);
      const outcome = await store.unbind(principal, commit);
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'not-bound') {
        throw new SignetError('not-found', 'The certificate has no such binding.');
      }
    },

    async listBindings(principal, id) {
      const bindings = await store.listBindings(principal, id, Math.floor(clock() / 1000));
      if (bindings === null) throw notFound();
      return bindings;
    },
  };
}
