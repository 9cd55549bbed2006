/**
 * The folders and files of src/ that each folder imports from, besides itself and SHARED. It is exact: an import that is not listed fails `npm run boundaries`, and a listed
 * import that no file needs fails the tests. The map in CONTRIBUTING.md shows the same edges.
 */
export const ALLOWED_IMPORTS: Readonly<Record<string, readonly string[]>> = {
  'config.ts': ['issuance', 'store'],
  asn1: [],
  x509: ['asn1'],
  keys: ['asn1', 'x509'],
  audit: ['access'],
  access: ['audit', 'keys', 'x509'],
  policy: ['access', 'audit', 'keys', 'x509'],
  issuance: [
    ...['access', 'asn1', 'audit', 'authorities', 'keys', 'lists', 'policy', 'search', 'x509'],
  ],
  search: ['access', 'asn1', 'issuance', 'x509'],
  metrics: ['access'],
  lists: ['asn1', 'x509'],
  revocation: ['access', 'audit', 'issuance', 'keys', 'x509'],
  ocsp: [
    ...['access', 'asn1', 'audit', 'authorities', 'issuance', 'keys', 'lists', 'revocation'],
    ...['search', 'x509'],
  ],
  inventory: ['access', 'asn1', 'audit', 'keys', 'x509'],
  authorities: [
    ...['access', 'asn1', 'audit', 'config.ts', 'issuance', 'keys', 'lists', 'policy'],
    ...['revocation', 'search', 'x509'],
  ],
  net: ['x509'],
  webhooks: ['access', 'audit', 'keys', 'net', 'search'],
  acme: [
    ...['access', 'asn1', 'audit', 'authorities', 'issuance', 'keys', 'net', 'policy'],
    ...['revocation', 'x509'],
  ],
  store: [
    ...['access', 'acme', 'audit', 'authorities', 'inventory', 'issuance', 'lists', 'metrics'],
    ...['ocsp', 'policy', 'revocation', 'search', 'webhooks', 'x509'],
  ],
  jobs: [
    ...['access', 'acme', 'audit', 'inventory', 'issuance', 'lists', 'ocsp', 'revocation'],
    ...['search', 'webhooks'],
  ],
  console: ['asn1', 'x509'],
  http: [
    ...['access', 'acme', 'asn1', 'audit', 'authorities', 'config.ts', 'inventory', 'issuance'],
    ...['lists', 'metrics', 'ocsp', 'policy', 'revocation', 'search', 'webhooks', 'x509'],
  ],
};

/** They join the parts, so they import from everywhere. */
export const JOINING = ['index.ts', 'machine', 'wiring'];

/** Only these start the Worker, so only they import the wiring. */
export const STARTING = ['index.ts', 'machine'];

/** Every folder may import these files; they import nothing but each other. */
export const SHARED = ['errors.ts', 'bytes.ts', 'wait.ts'];

/**
 * Names that only these files and folders may import, so that nothing signs a certificate without
 * the last gate: signCertificate takes only what the gate approved.
 */
export const RESTRICTED_NAMES: Readonly<Record<string, readonly string[]>> = {
  encodeTbsCertificate: ['src/issuance/encode-certificate.ts', 'src/x509/'],
  encodeLeafTbsCertificate: ['src/issuance/encode-leaf.ts'],
  encodeCertificateTbs: ['src/issuance/sign-certificate.ts'],
  encodeLeafTbs: ['src/issuance/sign-certificate.ts'],
  encodeSigned: ['src/issuance/sign-certificate.ts', 'src/lists/', 'src/x509/'],
};

/** Folders of src/http/ that are not a dialect: every dialect may import them. */
export const SHARED_HTTP = ['middleware', 'edge'];

/** Modules of the platform that only these folders may import: sockets reach other hosts. */
export const RESTRICTED_MODULES: Readonly<Record<string, readonly string[]>> = {
  'cloudflare:sockets': ['src/net/'],
};
