import type { Call } from '../call.ts';
import type { EdgeRequest } from './resource.ts';

export function edgeRequestOf({ request, url, runtime, noteCopy }: Call): EdgeRequest {
  return { request, url, waitUntil: (promise) => runtime.waitUntil(promise), noteHit: noteCopy };
}
