/** Headers that every answer carries: not stored unless it says otherwise, never guessed at. */
export function setCommonHeaders(headers: Headers, requestId: string): void {
  if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Request-Id', requestId);
}
