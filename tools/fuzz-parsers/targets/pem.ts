import { encodePem, PemError, parsePem } from '../../../src/asn1/pem.ts';
import { decodeCsr } from '../../../src/x509/certificate/csr.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { readUtf8 } from '../text.ts';

export function fuzz(data: Buffer): void {
  const text = readUtf8(data);
  attempt(() => decodeCsr(text));
  const blocks = attempt(() => parsePem(text), PemError);
  if (blocks === null) return;
  assertTrue('more blocks than BEGINs', blocks.length < text.split('-----BEGIN ').length);
  for (const { label, der } of blocks) {
    assertTrue('a BEGIN that is not in the input', text.includes(`-----BEGIN ${label}-----`));
    assertTrue('an END that is not in the input', text.includes(`-----END ${label}-----`));
    assertSame('strict form', parsePem(encodePem(label, der)), [{ label, der, encrypted: false }]);
  }
  // Blocks that are written one after another are parsed to the same blocks.
  const joined = blocks.map(({ label, der }) => encodePem(label, der)).join('');
  assertSame(
    'several',
    parsePem(joined).map(({ der }) => der),
    blocks.map(({ der }) => der),
  );
}
