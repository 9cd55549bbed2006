import { AsnArray, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes } from '@peculiar/asn1-schema';

/*
 * The structures of RFC 5280 section 4.2 as far as Signet writes them. @peculiar/asn1-x509 has them
 * in full and for reading too, which makes the Worker 10 KiB larger. The decorators are called as
 * functions, as Node runs these files too and knows no decorators.
 */

type FieldOptions = Parameters<typeof AsnProp>[0];

export class BasicConstraints {
  cA = false;
  pathLenConstraint: number | undefined;
}
annotate(BasicConstraints, AsnTypeTypes.Sequence, {
  cA: { type: AsnPropTypes.Boolean, defaultValue: false },
  pathLenConstraint: { type: AsnPropTypes.Integer, optional: true },
});

export class ExtendedKeyUsage extends AsnArray<string> {}
annotateItems(ExtendedKeyUsage, AsnPropTypes.ObjectIdentifier);

/** Its keyIdentifier alone, as RFC 5280 section 4.2.1.1 wants it. */
export class AuthorityKeyIdentifier {
  keyIdentifier = new ArrayBuffer();
}
annotate(AuthorityKeyIdentifier, AsnTypeTypes.Sequence, {
  keyIdentifier: { type: AsnPropTypes.OctetString, context: 0, implicit: true },
});

/** A GeneralName that is a URI. */
export class UriName {
  uniformResourceIdentifier = '';
}
annotate(UriName, AsnTypeTypes.Choice, {
  uniformResourceIdentifier: { type: AsnPropTypes.IA5String, context: 6, implicit: true },
});

export class DistributionPointName {
  fullName: readonly UriName[] = [];
}
annotate(DistributionPointName, AsnTypeTypes.Choice, {
  fullName: { type: UriName, context: 0, implicit: true, repeated: 'sequence' },
});

export class DistributionPoint {
  distributionPoint = new DistributionPointName();
}
annotate(DistributionPoint, AsnTypeTypes.Sequence, {
  distributionPoint: { type: DistributionPointName, context: 0 },
});

export class CrlDistributionPoints extends AsnArray<DistributionPoint> {}
annotateItems(CrlDistributionPoints, DistributionPoint);

export class AccessDescription {
  accessMethod = '';
  accessLocation = new UriName();
}
annotate(AccessDescription, AsnTypeTypes.Sequence, {
  accessMethod: { type: AsnPropTypes.ObjectIdentifier },
  accessLocation: { type: UriName },
});

export class AuthorityInfoAccess extends AsnArray<AccessDescription> {}
annotateItems(AuthorityInfoAccess, AccessDescription);

/** @param fields in their order in the structure */
function annotate<T extends object>(
  target: new () => T,
  type: AsnTypeTypes,
  fields: Readonly<Record<keyof T & string, FieldOptions>>,
): void {
  for (const [key, options] of Object.entries<FieldOptions>(fields)) {
    AsnProp(options)(target.prototype, key);
  }
  AsnType({ type })(target);
}

function annotateItems(target: new () => object, itemType: FieldOptions['type']): void {
  AsnType({ type: AsnTypeTypes.Sequence, itemType })(target);
}

/** A structure with its fields. */
export function fill<T extends object>(target: new () => T, fields: Partial<T>): T {
  return Object.assign(new target(), fields);
}
