import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';

/** The Worker's secrets, in the order in which files and messages list them. */
export const SECRET_NAMES = [
  'CA_KEY',
  'SEALING_KEY',
  'OPENSSL_CA_SECRET',
  'ROOT_ACCESS_KEY_ID',
  'ROOT_ACCESS_KEY_SECRET',
] as const;

export type SecretName = (typeof SECRET_NAMES)[number];
export type Secrets = Readonly<Record<SecretName, string>>;

const SEALING_KEY_BYTES = 32;
const ROOT_ACCESS_KEY_ID_BYTES = 8;
const ROOT_ACCESS_KEY_SECRET_BYTES = 32;
const OPENSSL_CA_SECRET_LENGTH = 32;
const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Makes a full set of secrets: a P-256 CA key (PKCS#8 PEM) and random texts. */
export function makeSecrets(): Secrets {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    CA_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
    SEALING_KEY: randomBytes(SEALING_KEY_BYTES).toString('base64'),
    OPENSSL_CA_SECRET: makeText(OPENSSL_CA_SECRET_LENGTH),
    ROOT_ACCESS_KEY_ID: `root-${randomBytes(ROOT_ACCESS_KEY_ID_BYTES).toString('hex')}`,
    ROOT_ACCESS_KEY_SECRET: randomBytes(ROOT_ACCESS_KEY_SECRET_BYTES).toString('base64url'),
  };
}

function makeText(length: number): string {
  return Array.from({ length }, () =>
    LETTERS_AND_DIGITS.charAt(randomInt(LETTERS_AND_DIGITS.length)),
  ).join('');
}
