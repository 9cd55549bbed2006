import { type RandomBytes, randomUuid } from '../access/random-text.ts';
import { draftIdentifiedLeaf, type IdentifiedLeafRequest } from './draft-identified-leaf.ts';
import { draftLeaf, type LeafRequest } from './draft-leaf.ts';
import type { IssuanceOrder } from './issuance-order.ts';
import type { Issuance, Issue } from './issue-certificate.ts';
import type { Preview, PreviewedCertificate } from './preview-certificate.ts';
import type { Profile } from './profiles.ts';

/** An issued certificate that has an identifier beside its serial number. */
export interface IdentifiedIssuance extends Issuance {
  /** UUID. */
  readonly identifier: string;
}

/** Issues leaves as their profiles describe them. Throws as Issue does. */
export function createLeafIssuer(
  issue: Issue,
  profiles: ReadonlyMap<string, Profile>,
): (asked: LeafRequest) => Promise<Issuance> {
  return (asked) => issue(orderLeaf(asked, profiles));
}

/** Previews the same leaves. Throws as Preview does. */
export function createLeafPreview(
  preview: Preview,
  profiles: ReadonlyMap<string, Profile>,
): (asked: LeafRequest) => Promise<PreviewedCertificate> {
  return (asked) => preview(orderLeaf(asked, profiles));
}

function orderLeaf(asked: LeafRequest, profiles: ReadonlyMap<string, Profile>): IssuanceOrder {
  return {
    ...asked,
    draft: (authority, nowSeconds) => draftLeaf(authority, asked, profiles, nowSeconds),
    identifier: null,
    customIdentifier: null,
    instance: null,
    acmeOrder: null,
    nonce: null,
  };
}

/** Issues leaves with an identifier. Throws as Issue does. */
export function createIdentifiedLeafIssuer(
  issue: Issue,
  profiles: ReadonlyMap<string, Profile>,
  randomBytes: RandomBytes,
): (asked: IdentifiedLeafRequest) => Promise<IdentifiedIssuance> {
  return async (asked) => {
    const identifier = randomUuid(randomBytes);
    const issued = await issue({
      ...asked,
      draft: (authority, nowSeconds) => draftIdentifiedLeaf(authority, asked, profiles, nowSeconds),
      uniqueSubject: false,
      identifier,
      instance: null,
      acmeOrder: null,
    });
    return { ...issued, identifier };
  };
}
