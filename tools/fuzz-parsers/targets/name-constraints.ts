import { DerError, encodeElement, encodeSequence } from '../../../src/asn1/der.ts';
import { parseSubjectAltName } from '../../../src/x509/names/general-names.ts';
import { formatSubtree } from '../../../src/x509/path/format-subtree.ts';
import { type ConstrainedName, isPermitted } from '../../../src/x509/path/name-constraint-check.ts';
import { parseSubtreeText } from '../../../src/x509/path/name-constraint-forms.ts';
import {
  encodeNameConstraints,
  parseNameConstraints,
} from '../../../src/x509/path/name-constraints.ts';
import { assertSame, assertTrue, attempt } from '../oracle.ts';
import { assertOneEncoding, listDerReadings } from '../strict-der.ts';
import { splitChoice } from '../text.ts';

const NAME_TAGS = [0x81, 0x82, 0x86, 0x87];

/** The first byte is the length of a name; the rest are the constraints to check it against. */
export function fuzz(data: Buffer): void {
  const { choice, rest } = splitChoice(data);
  const nameBytes = rest.subarray(0, choice);
  for (const der of listDerReadings(rest.subarray(choice))) {
    const constraints = attempt(() => parseNameConstraints(der), DerError);
    if (constraints === null) continue;
    assertOneEncoding(der);
    const extension = encodeNameConstraints(constraints);
    // The value is the end of the extension.
    const value = extension.subarray(extension.length - lengthOfValue(extension));
    assertSame('constraints', parseNameConstraints(value), constraints);
    for (const subtree of [...constraints.permitted, ...constraints.excluded]) {
      const text = formatSubtree(subtree);
      if (subtree.kind === 'directory' || subtree.kind === 'unsupported') continue;
      const { kind } = subtree;
      const again = attempt(() => parseSubtreeText(kind, text));
      if (again !== null) assertSame('subtree', again, subtree);
    }
    for (const name of listNames(nameBytes)) {
      const { permitted, excluded } = constraints;
      const both = isPermitted(name, constraints);
      const inPermitted = isPermitted(name, { permitted, excluded: [] });
      const outsideExcluded = isPermitted(name, { permitted: [], excluded });
      assertSame('both lists', both, inPermitted && outsideExcluded);
      // A name inside an excluded subtree is never permitted.
      for (const subtree of excluded) {
        const isKind = subtree.kind === name.kind;
        const isInside = isKind && isPermitted(name, { permitted: [subtree], excluded: [] });
        assertTrue('inside an excluded subtree', !(isInside && both));
      }
    }
  }
}

function* listNames(bytes: Uint8Array): Generator<ConstrainedName> {
  for (const tag of NAME_TAGS) {
    const names = attempt(() => parseSubjectAltName(encodeSequence(encodeElement(tag, bytes))));
    yield* names ?? [];
  }
}

/** extnValue is the last element; its OCTET STRING header follows id and TRUE. */
function lengthOfValue(extension: Uint8Array): number {
  const [, form = 0] = extension;
  const header = form < 0x80 ? 2 : 2 + (form & 0x7f);
  const octets = extension.subarray(header + 5 + 3);
  const [, inner = 0] = octets;
  return octets.length - (inner < 0x80 ? 2 : 2 + (inner & 0x7f));
}
