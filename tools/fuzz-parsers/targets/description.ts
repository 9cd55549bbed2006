import { findDeceptiveCharacter } from '../../../src/asn1/strings.ts';
import { describeExtensions } from '../../../src/x509/description/describe-extensions.ts';
import { READ_EXTENSION_OID } from '../../../src/x509/description/extension-names.ts';
import { extensionLines } from '../../../src/x509/description/extension-text.ts';
import { assertTrue } from '../oracle.ts';
import { listDerReadings } from '../strict-der.ts';
import { splitChoice } from '../text.ts';

const OIDS = Object.values(READ_EXTENSION_OID);

/** The first byte chooses an extension; the rest is its value. */
export function fuzz(data: Buffer): void {
  const { choice, rest } = splitChoice(data);
  const oid = OIDS[choice % OIDS.length] ?? '';
  for (const valueDer of listDerReadings(rest)) {
    const described = describeExtensions(new Map([[oid, { critical: false, valueDer }]]));
    JSON.stringify(described);
    for (const line of described.flatMap(extensionLines)) {
      assertTrue('no deceptive character', findDeceptiveCharacter(line) === null);
    }
  }
}
