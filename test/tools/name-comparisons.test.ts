import { expect, it } from 'vitest';
import { readSources } from '../../tools/read-sources.ts';

/** Compares two Names by their bytes, or makes a key of the bytes. */
const BY_BYTES =
  /equalBytes\([^;]*?(?:subjectDer|issuerDer)|(?:subjectDer|issuerDer)\.to(?:Hex|Base64)\(/;

/** Compares the bytes that it wrote into a template itself. */
const WRITES_TEMPLATES = 'src/issuance/encode-leaf.ts';

it('compares Names with isSameName and findSubjectKey only', () => {
  const files = [...readSources()].filter(([, text]) => BY_BYTES.test(text)).map(([file]) => file);
  expect(files).toEqual([WRITES_TEMPLATES]);
});
