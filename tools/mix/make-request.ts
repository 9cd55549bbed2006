import { randomUUID } from 'node:crypto';
import { commonName, dnsName, makeCsrPem } from '../../test/make-csr.ts';

/** A certificate request with a new P-256 key and a name that no other has, PEM. */
export function makeRequest(): Promise<string> {
  const name = `${randomUUID()}.mix.test`;
  return makeCsrPem({ subject: [commonName(name)], subjectAltNames: [dnsName(name)] });
}
