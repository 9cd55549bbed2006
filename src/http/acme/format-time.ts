/** Formats Unix seconds as RFC 8555 section 7.1.3 wants times: RFC 3339. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
