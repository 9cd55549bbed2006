import { SignetError } from '../errors.ts';
import { nameExtendedKeyUsage } from '../x509/certificate/extended-key-usages.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import { formatProfileValidity, type Profile } from './profiles.ts';
import { formatUtcTime } from './validity.ts';

interface Judged {
  readonly draft: Pick<
    CertificateDraft,
    'kind' | 'profile' | 'extendedKeyUsages' | 'notBeforeSeconds' | 'notAfterSeconds'
  >;
  readonly nowSeconds: number;
}

/**
 * Refuses a leaf with more than its profile allows: other purposes, an end later than that of a
 * certificate that is valid from now on, or a start further back.
 * @throws SignetError constraint-violated
 */
export function requireProfile({ draft, nowSeconds }: Judged): void {
  if (draft.kind !== 'leaf') return;
  const { profile, extendedKeyUsages, notBeforeSeconds, notAfterSeconds } = draft;
  if (profile === null) throw new Error('the draft of a leaf has no profile');
  const foreign = findForeignUsage(profile, extendedKeyUsages);
  if (foreign !== null) {
    const names = profile.extendedKeyUsages.map(nameExtendedKeyUsage).join(', ');
    throw refuse(
      'extendedKeyUsages',
      `The profile '${profile.name}' does not allow the extended key usage ${foreign}. Choose from ${names}, or have the operator change the profiles`,
    );
  }
  const latestSeconds = nowSeconds + profile.validitySeconds;
  if (notAfterSeconds > latestSeconds) {
    throw refuse(
      'validity',
      `The validity is too long: the latest possible end is ${formatUtcTime(latestSeconds)} (the profile '${profile.name}' allows ${formatProfileValidity(profile)} from now)`,
    );
  }
  const earliestSeconds = nowSeconds - profile.backdateSeconds;
  if (notBeforeSeconds < earliestSeconds) {
    throw refuse(
      'validity',
      `The validity begins too early: the earliest possible start is ${formatUtcTime(earliestSeconds)} (the profile '${profile.name}' allows ${profile.backdateSeconds} seconds before now)`,
    );
  }
}

/** The first purpose that the profile does not have, for a message. A leaf without the extension has all. */
function findForeignUsage(
  profile: Profile,
  extendedKeyUsages: readonly string[] | null,
): string | null {
  if (extendedKeyUsages === profile.extendedKeyUsages) return null;
  if (extendedKeyUsages === null) return 'any';
  const foreign = extendedKeyUsages.find((oid) => !profile.extendedKeyUsages.includes(oid));
  return foreign === undefined ? null : nameExtendedKeyUsage(foreign);
}

/**
 * Chooses the profile of a leaf that states its purposes and validity itself: the first that allows them.
 * If there is none, the one that comes closest, for the last gate to explain the refusal.
 * @param offered one at least
 */
export function chooseProfile(
  offered: readonly Profile[],
  wanted: Pick<CertificateDraft, 'extendedKeyUsages' | 'notBeforeSeconds' | 'notAfterSeconds'>,
  nowSeconds: number,
): Profile {
  const fitting = offered.filter(
    (profile) => findForeignUsage(profile, wanted.extendedKeyUsages) === null,
  );
  const candidates = (fitting.length > 0 ? fitting : offered).toSorted(
    (a, b) => b.validitySeconds - a.validitySeconds,
  );
  const allows = (profile: Profile) =>
    wanted.notAfterSeconds <= nowSeconds + profile.validitySeconds &&
    wanted.notBeforeSeconds >= nowSeconds - profile.backdateSeconds;
  const chosen = candidates.find(allows) ?? candidates[0];
  if (chosen === undefined) throw new RangeError('no profile is offered');
  return chosen;
}

function refuse(field: string, reason: string): SignetError {
  return new SignetError('constraint-violated', `${reason}.`, { field });
}
