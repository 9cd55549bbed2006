import { X509Certificate } from 'node:crypto';
import type { CreateOperation } from '../operation.ts';
import { pickOne } from '../random.ts';

const PATHS = ['/api/ca/cacert', '/ca/default.pem', '/ca/default.crt'];

/** Downloads the authority's certificate in each form. */
export const createDownloadCa: CreateOperation = ({ random, findings, caCertificate }) => {
  const { raw } = new X509Certificate(caCertificate);
  return {
    name: 'CA certificate',
    weight: { faults: 6, load: 25 },
    async run(ask) {
      const path = pickOne(random, PATHS) ?? '/ca/default.crt';
      const { body } = await ask({ path }, 200);
      const isTheOne = raw.equals(path.endsWith('.crt') ? body : new X509Certificate(body).raw);
      findings.expect(isTheOne, `${path}: the authority's certificate has changed`);
      return true;
    },
  };
};
