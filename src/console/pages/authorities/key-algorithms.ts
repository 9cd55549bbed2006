/** The kinds of keys that the server makes for a CA. */
export const KEY_ALGORITHMS = [
  'P-256',
  'P-384',
  'P-521',
  'RSA-2048',
  'RSA-3072',
  'RSA-4096',
  'Ed25519',
] as const;

export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];
