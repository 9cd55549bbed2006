import type { Upload } from '../../src/inventory/read-upload.ts';

/** PEM files of test/fixtures by name; test/fixtures/make-inventory.sh makes the first. */
const uploads = import.meta.glob<string>('../fixtures/inventory/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const keys = import.meta.glob<string>('../fixtures/private-keys/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export function uploadPem(name: string): string {
  return required(uploads[`../fixtures/inventory/${name}.pem`], name);
}

export function privateKeyPem(name: string): string {
  return required(keys[`../fixtures/private-keys/${name}.pem`], name);
}

/** All fixtures are valid from 2020 to 2120. */
export const NOT_BEFORE_SECONDS = Date.UTC(2020, 0, 1) / 1000;
export const NOT_AFTER_SECONDS = Date.UTC(2120, 0, 1) / 1000;

export const LEAF_KEY_PEM = uploadPem('leaf.key');

/** A server certificate with its key, without a chain. */
export function makeUpload(overrides: Partial<Upload> = {}): Upload {
  return {
    type: 1,
    certificate: uploadPem('leaf'),
    chain: null,
    privateKey: LEAF_KEY_PEM,
    ...overrides,
  };
}

/** Returns the DER of the only PEM block. */
export function derOf(pem: string): Uint8Array {
  return Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ''));
}

export function base64OfText(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function required(text: string | undefined, name: string): string {
  if (text === undefined) throw new Error(`no fixture ${name}`);
  return text;
}
