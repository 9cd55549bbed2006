import { DerError, readElement } from './der.ts';
import { hasPemBlock } from './pem.ts';
import { decodeLatin1 } from './strings.ts';

/**
 * Returns the text of bytes that are PEM, in ASCII, UTF-8 or UTF-16, or null for other bytes, such as
 * DER. The first byte cannot tell them apart: text before the PEM may begin with the character 0.
 */
export function readPemText(bytes: Uint8Array): string | null {
  const text = decodeLatin1(bytes);
  return hasPemBlock(text) && !isOneElement(bytes) ? text : null;
}

/** DER may contain PEM, for example in a comment. */
function isOneElement(bytes: Uint8Array): boolean {
  try {
    return readElement(bytes).bytes.length === bytes.length;
  } catch (error) {
    if (error instanceof DerError) return false;
    throw error;
  }
}
