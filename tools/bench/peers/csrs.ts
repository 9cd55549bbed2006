import { commonName, dnsName, makeCsrPem } from '../../../test/make-csr.ts';
import type { Csr } from './server.ts';

/** Makes CSRs, each with a P-256 key and a name of its own. */
export function makeCsrs(count: number): Promise<Csr[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const name = `host-${i}.bench.test`;
      const pem = await makeCsrPem({
        subject: [commonName(name)],
        subjectAltNames: [dnsName(name)],
      });
      return { name, pem };
    }),
  );
}
