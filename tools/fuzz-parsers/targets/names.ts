import { DerError } from '../../../src/asn1/der.ts';
import { isSameName } from '../../../src/x509/names/name-comparison.ts';
import {
  checkSubjectName,
  encodeNameFromText,
  findCommonName,
  formatName,
} from '../../../src/x509/names/names.ts';
import { readSubjectFields } from '../../../src/x509/names/read-subject-fields.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';
import { readUtf8 } from '../text.ts';

export function fuzz(data: Buffer): void {
  const encoded = attempt(() => encodeNameFromText(readUtf8(data)));
  if (encoded !== null) {
    assertOneEncoding(encoded);
    assertSame('text again', encodeNameFromText(formatName(encoded)), encoded);
  }
  for (const der of listDerReadings(data)) {
    const text = formatName(der);
    assertTrue('text', text.isWellFormed());
    attempt(() => findCommonName(der));
    if (attempt(() => checkSubjectName(der) ?? true) === null) continue;
    attempt(() => readSubjectFields(der), DerError);
    if (text === '') continue;
    const again = attempt(() => encodeNameFromText(text));
    if (again !== null) assertTrue(`another name: ${text}`, isSameName(again, der));
  }
}
