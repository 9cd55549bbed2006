/** Returns HTTP Basic credentials (RFC 7617) of the root access key. */
export function authorizationOf(secrets: Readonly<Record<string, string>>): string {
  const credentials = `${secrets.ROOT_ACCESS_KEY_ID}:${secrets.ROOT_ACCESS_KEY_SECRET}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
