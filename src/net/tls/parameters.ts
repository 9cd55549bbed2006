/** The hash and the key length of a cipher suite. */
export interface CipherSuite {
  readonly hash: 'SHA-256' | 'SHA-384';
  readonly hashBytes: number;
  readonly keyBytes: number;
}

/** The cipher suites of TLS 1.3 that WebCrypto has (RFC 8446 appendix B.4). */
export const CIPHERS_1_3: ReadonlyMap<number, CipherSuite> = new Map([
  [0x1301, { hash: 'SHA-256', hashBytes: 32, keyBytes: 16 }],
  [0x1302, { hash: 'SHA-384', hashBytes: 48, keyBytes: 32 }],
]);

/**
 * Cipher suites of TLS 1.2. None is ever used: the server's certificate comes before encryption, and
 * nothing after it is read. The old ones are offered so that an old server presents its certificate.
 */
export const CIPHERS_1_2: readonly number[] = [
  // ECDHE with ECDSA and RSA: AES-GCM and ChaCha20, then AES-CBC.
  ...[0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8],
  ...[0xc023, 0xc027, 0xc009, 0xc013, 0xc00a, 0xc014],
  // RSA key transport.
  ...[0x009c, 0x009d, 0x002f, 0x0035],
  // TLS_EMPTY_RENEGOTIATION_INFO_SCSV (RFC 5746 section 3.3).
  0x00ff,
];

/** All that sign with SHA-256 or better (RFC 8446 section 4.2.3): no signature is verified. */
export const SIGNATURE_SCHEMES: readonly number[] = [
  // ECDSA, Ed25519, RSASSA-PSS with either kind of RSA key, RSASSA-PKCS1.
  ...[0x0403, 0x0503, 0x0603, 0x0807],
  ...[0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b],
  ...[0x0401, 0x0501, 0x0601],
];
