import { expect, it } from 'vitest';
import { readSources } from '../../tools/read-sources.ts';

/** Compares two Names by their bytes, or makes a key of the bytes. */
const BY_BYTES =
  /equalBytes\([^;]*?(?:subjectDer|issuerDer)|(?:subjectDer|issuerDer)\.to(?:Hex|Base64)\(/;

/** They need the same bytes: for a renewed CA, and for a template of leaves. */
const NEED_SAME_BYTES = ['src/authorities/import-authority.ts', 'src/issuance/encode-leaf.ts'];

it('compares Names with isSameName and findSubjectKey, not by bytes', () => {
  const files = [...readSources()].filter(([, text]) => BY_BYTES.test(text)).map(([file]) => file);
  expect(files).toEqual(NEED_SAME_BYTES);
});
