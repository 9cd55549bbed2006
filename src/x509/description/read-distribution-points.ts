import { type DerElement, DerError, readChildren } from '../../asn1/der.ts';
import { describeGeneralNames } from './describe-general-name.ts';
import { describeRelativeName } from './describe-name.ts';
import type { DistributionPointDescription } from './description.ts';
import { REASON_FLAGS } from './extension-names.ts';
import { readNamedBits } from './read-elements.ts';

/** RFC 5280 section 4.2.1.13. @throws DerError */
export function readDistributionPoints({ content }: DerElement): DistributionPointDescription[] {
  return readChildren(content).map(readDistributionPoint);
}

function readDistributionPoint({ content }: DerElement): DistributionPointDescription {
  const parts = new Map(readChildren(content).map((part) => [part.tag, part]));
  const reasons = parts.get(0x81);
  const cRLIssuer = parts.get(0xa2);
  return {
    ...readPointName(parts.get(0xa0)),
    reasons: reasons === undefined ? null : readNamedBits(reasons, REASON_FLAGS),
    cRLIssuer: cRLIssuer === undefined ? null : describeGeneralNames(cRLIssuer),
  };
}

function readPointName(
  name: DerElement | undefined,
): Pick<DistributionPointDescription, 'fullName' | 'nameRelativeToCRLIssuer'> {
  if (name === undefined) return { fullName: null, nameRelativeToCRLIssuer: null };
  const [choice] = readChildren(name.content);
  switch (choice?.tag) {
    case 0xa0:
      return { fullName: describeGeneralNames(choice), nameRelativeToCRLIssuer: null };
    case 0xa1:
      return { fullName: null, nameRelativeToCRLIssuer: describeRelativeName(choice) };
    default:
      throw new DerError('not a DistributionPointName');
  }
}
