import fc from 'fast-check';

/** One action more than exists, so that a single action never equals the whole service. */
const RIGHTS = ['inventory', 'certificates', 'accounts', 'yundun-cert'].flatMap((service) =>
  ['Read', 'Manage', 'Issue', 'Other'].map((action) => `${service}:${action}`),
);

/** Lists all actions of a scope. */
function rightsOf(scope: string): ReadonlySet<string> {
  return new Set(
    RIGHTS.filter((right) => {
      const [service] = right.split(':');
      return scope === '*' || scope === right || scope === `${service}:*`;
    }),
  );
}

/** The model: tells whether `held` includes all actions of `wanted`. */
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
