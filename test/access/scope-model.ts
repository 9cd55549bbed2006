import fc from 'fast-check';

/** More actions than there are, so that no service is covered by naming its one action. */
const RIGHTS = ['inventory', 'certificates', 'accounts', 'yundun-cert'].flatMap((service) =>
  ['Read', 'Manage', 'Issue', 'Other'].map((action) => `${service}:${action}`),
);

/** What a scope stands for, spelled out. */
function rightsOf(scope: string): ReadonlySet<string> {
  return new Set(
    RIGHTS.filter((right) => {
      const [service] = right.split(':');
      return scope === '*' || scope === right || scope === `${service}:*`;
    }),
  );
}

/** The model: whether all that `wanted` stands for is among what `held` stands for. */
export function covers(held: string, wanted: string): boolean {
  return [...rightsOf(wanted)].every((right) => rightsOf(held).has(right));
}

export const heldScope: fc.Arbitrary<string> = fc.constantFrom(
  '*',
  'inventory:*',
  'certificates:*',
  'accounts:*',
  'yundun-cert:*',
  ...RIGHTS.filter((right) => !right.endsWith('Other')),
);
