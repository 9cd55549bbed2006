import type { RequestContext } from '../../audit/event.ts';

/**
 * Who asks, from where. The id is made here; the address comes from CF-Connecting-IP alone and the
 * country from the platform: whatever else a client claims is not read. The country is looked up
 * where it is asked for, since the first look at `request.cf` costs about as much as all else here.
 */
export function readRequestContext(request: Request): RequestContext {
  return {
    requestId: crypto.randomUUID(),
    remoteAddress: request.headers.get('CF-Connecting-IP'),
    get country() {
      return readPlatformText(request, 'country');
    },
  };
}

/** A text field of `request.cf`, or null. */
export function readPlatformText(request: Request, field: string): string | null {
  const properties: object = request.cf ?? {};
  const value: unknown = Reflect.get(properties, field);
  return typeof value === 'string' ? value : null;
}
