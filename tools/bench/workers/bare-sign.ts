/** The baseline of signing: one P-256 signature and one insert of the same size. */

interface Env {
  readonly DB: D1Database;
  /** P-256, PKCS#8 PEM. */
  readonly CA_KEY: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Lengths of one of Signet's leaf certificates: DER in base64, and PEM. */
const CERTIFICATE_BASE64 = 'M'.repeat(840);
const CERTIFICATE_PEM = 'M'.repeat(910);

const INSERT = `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`;

let key: CryptoKey | null = null;

async function importKey(pem: string): Promise<CryptoKey> {
  const pkcs8Der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ''));
  return crypto.subtle.importKey('pkcs8', pkcs8Der, ALGORITHM, false, ['sign']);
}

export default {
  async fetch(request, env) {
    const body = await request.arrayBuffer();
    key ??= await importKey(env.CA_KEY);
    const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHM, key, body));
    const nowMs = Date.now();
    const nowSeconds = Math.floor(nowMs / 1000);
    await env.DB.prepare(INSERT)
      .bind(
        crypto.getRandomValues(new Uint8Array(16)).toHex(),
        'default',
        'CN=bench.example.com',
        signature.subarray(0, 32).toHex(),
        CERTIFICATE_BASE64,
        'tls-server-client',
        'api',
        'root',
        nowSeconds,
        nowSeconds + 365 * 86400,
        nowMs,
      )
      .run();
    return new Response(CERTIFICATE_PEM, { status: 201 });
  },
} satisfies ExportedHandler<Env>;
