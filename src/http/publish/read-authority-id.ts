import type { Call } from '../call.ts';

/** The authority's id from the last part of the path, without the extension that the route demands. */
export function readAuthorityId(call: Call): string {
  return (call.params.file ?? '').replace(/\.[a-z]+$/, '');
}
