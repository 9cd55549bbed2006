import type { CertificateObject } from '../../../tools/conformance/objects.ts';

/** Returns a certificate object without content. */
export function makeObject(
  name: string,
  kind: CertificateObject['kind'] = 'leaf',
): CertificateObject {
  return {
    form: 'certificate',
    kind,
    name,
    path: `/${name}.pem`,
    keyAlgorithm: 'P-256',
    caAlgorithm: 'P-256',
    purpose: 'server',
    pem: '',
    intermediates: [],
    rootPem: '',
    lists: [],
    completeLists: [],
    rootLists: [],
    ocspUrl: null,
  };
}
