import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Encodes DER as PEM (RFC 7468). */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** Returns the blocks of a PEM text, each with its BEGIN and END lines. */
export function splitPem(pem: string): string[] {
  return (pem.match(/-----BEGIN [^-]+-----[^-]+-----END [^-]+-----/g) ?? []).map(
    (block) => `${block}\n`,
  );
}

/** Writes PEM blocks into one file, and returns its path. */
export function writePem(directory: string, name: string, blocks: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, blocks.join(''));
  return path;
}
