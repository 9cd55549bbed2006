import type { JSX } from 'preact';
import type { DecodedCertificate, DecodedExtension } from '../api/client.ts';
import { CodeBlock } from './copy.tsx';
import { Badge } from './feedback.tsx';
import { Facts } from './page.tsx';
import { showText } from './shown-text.ts';
import { text } from './texts.ts';

/** What a certificate says: its key, its digests, and each extension by name. */
export function DecodedView({ decoded }: { readonly decoded: DecodedCertificate }): JSX.Element {
  const { publicKey, signatureAlgorithm, fingerprints, extensions } = decoded;
  return (
    <Facts
      facts={[
        [text('issuer'), showText(decoded.issuer.text)],
        [text('publicKey'), describeKey(publicKey)],
        [text('signature'), signatureAlgorithm.name ?? signatureAlgorithm.oid],
        ...(fingerprints === null
          ? []
          : ([
              [
                'SHA-256',
                <span key="sha256" class="code-text">
                  {fingerprints.sha256}
                </span>,
              ],
            ] as const)),
        ...extensions.map((extension): [string, JSX.Element] => [
          extension.name ?? extension.oid,
          <Extension key={extension.oid} extension={extension} />,
        ]),
      ]}
    />
  );
}

function describeKey({ algorithm, oid, bits, curve }: DecodedCertificate['publicKey']): string {
  const size = curve ?? (bits === null ? '' : `${bits} bit`);
  return `${algorithm ?? oid} ${size}`.trim();
}

function Extension({ extension }: { readonly extension: DecodedExtension }): JSX.Element {
  return (
    <>
      {extension.critical && <Badge tone="info">{text('critical')}</Badge>}
      <ul class="names">
        {listLines('value' in extension ? extension.value : null, extension.hex).map((line) => (
          <li key={line}>{showText(line)}</li>
        ))}
      </ul>
    </>
  );
}

/** The value of any extension as lines. Values without content are left out. */
function listLines(value: unknown, hex: string): string[] {
  if (value === null || value === undefined) return [hex];
  return toLines(value);
}

function toLines(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(toLines);
  if (typeof value !== 'object' || value === null) return [String(value)];
  const fields = Object.entries(value).filter(([, each]) => each !== null && !isEmpty(each));
  const named = new Map(fields);
  const [kind, oid, name] = [named.get('kind'), named.get('oid'), named.get('name')];
  if (kind !== undefined && named.has('value')) return [`${kind}: ${named.get('value')}`];
  if (oid !== undefined && fields.length <= 2) return [String(name ?? oid)];
  // An access description: the method says what its OID means.
  const [method, location] = [named.get('method'), named.get('location')];
  if (typeof method === 'string') return toLines(location).map((line) => `${method}, ${line}`);
  return fields.flatMap(([key, each]) => {
    const [first, ...others] = toLines(each);
    return first === undefined ? [] : [`${key}: ${first}`, ...others];
  });
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The same as `openssl x509 -text` shows it. */
export function TextForm({ value }: { readonly value: string }): JSX.Element {
  return (
    <details>
      <summary>{text('asText')}</summary>
      <CodeBlock label={text('asText')} value={value} />
    </details>
  );
}
