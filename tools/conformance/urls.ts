import { run } from './run.ts';

/** Returns the addresses below a heading of `openssl … -text`, such as those of an extension. */
export function findUrls(text: string, heading: string): string[] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim().startsWith(heading));
  if (start === -1) return [];
  const indent = lines[start]?.search(/\S/) ?? 0;
  const rest = lines.slice(start + 1);
  const end = rest.findIndex((line) => line.trim() !== '' && line.search(/\S/) <= indent);
  const section = rest.slice(0, end === -1 ? rest.length : end);
  return section.flatMap((line) => /URI:(\S+)/.exec(line)?.[1] ?? []);
}

export interface CertificateUrls {
  readonly list: string | null;
  readonly ocsp: string | null;
}

export async function readCertificateUrls(pem: string): Promise<CertificateUrls> {
  const { stdout: text } = await run('openssl', ['x509', '-noout', '-text'], { input: pem });
  const ocsp = /OCSP - URI:(\S+)/.exec(text)?.[1] ?? null;
  return { list: findUrls(text, 'X509v3 CRL Distribution Points')[0] ?? null, ocsp };
}

/** Returns the addresses of a CRL's deltas (RFC 5280 section 5.2.6). */
export async function readDeltaUrl(listPem: string): Promise<string | null> {
  const { stdout: text } = await run('openssl', ['crl', '-noout', '-text'], { input: listPem });
  return findUrls(text, 'X509v3 Freshest CRL')[0] ?? null;
}
