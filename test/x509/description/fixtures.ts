import { parsePem } from '../../../src/asn1/pem.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';

/** The certificates that test/fixtures/make-description.sh makes, by name. */
const files = import.meta.glob<string>('../../fixtures/description/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export function openFixture(name: string): Certificate {
  const [block] = parsePem(files[`../../fixtures/description/${name}.pem`] ?? '');
  if (block === undefined) throw new Error(`no fixture ${name}`);
  return parseCertificate(block.der);
}
