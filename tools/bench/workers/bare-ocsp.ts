/** The baseline of OCSP: one query and one P-256 signature over the same number of bytes. */

interface Env {
  readonly DB: D1Database;
  /** P-256, PKCS#8 PEM. */
  readonly CA_KEY: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
/** Lengths of the ResponseData and of the response around it. */
const RESPONSE_DATA = new Uint8Array(230);
const ANSWER = new Uint8Array(340);
const HEADERS = { 'Content-Type': 'application/ocsp-response' };

const QUERY = `SELECT certificates.serial, revocations.revoked_at_s, revocations.reason
FROM certificates
LEFT JOIN revocations
  ON revocations.authority_id = ?1 AND revocations.serial = certificates.serial
WHERE certificates.serial = ?2 AND certificates.authority_id = ?1`;

let key: CryptoKey | null = null;

async function importKey(pem: string): Promise<CryptoKey> {
  const pkcs8Der = Uint8Array.fromBase64(pem.replace(/-----[^-]+-----/g, ''));
  return crypto.subtle.importKey('pkcs8', pkcs8Der, ALGORITHM, false, ['sign']);
}

export default {
  async fetch(request, env) {
    const body = new Uint8Array(await request.arrayBuffer());
    key ??= await importKey(env.CA_KEY);
    await env.DB.prepare(QUERY).bind('default', body.subarray(0, 16).toHex()).all();
    await crypto.subtle.sign(ALGORITHM, key, RESPONSE_DATA);
    return new Response(ANSWER, { headers: HEADERS });
  },
} satisfies ExportedHandler<Env>;
