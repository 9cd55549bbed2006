import { randomUUID } from 'node:crypto';
import { commonName, dnsName, makeCsrPem } from '../../test/make-csr.ts';

/** Makes a CSR in PEM with a new P-256 key and a unique name. */
export function makeRequest(): Promise<string> {
  const name = `${randomUUID()}.mix.test`;
  return makeCsrPem({ subject: [commonName(name)], subjectAltNames: [dnsName(name)] });
}
