import { encodePem } from '../../asn1/pem.ts';

/** The tag of an ASN.1 SEQUENCE, with which certificates, CSRs and keys in DER begin. */
const SEQUENCE = 0x30;

/** Returns the text of a file, and DER as PEM with the label that the field is for. */
export function readPem(content: Uint8Array, label: string): string {
  const asText = new TextDecoder().decode(content);
  const isDer = content[0] === SEQUENCE && !asText.includes('-----BEGIN');
  return isDer ? encodePem(label, content) : asText;
}
