import type { ExternalCaInstance } from '../authorities/external-ca-instance.ts';
import { SignetError } from '../errors.ts';
import type { CertificateDraft } from './certificate-draft.ts';
import { BACKDATE_SECONDS } from './draft-subordinate.ts';
import { formatUtcTime } from './validity.ts';

/** What an instance permits its owner. */
export type InstanceLimits = Pick<ExternalCaInstance, 'maxValidityDays' | 'maxPathLength'>;

const DAY_SECONDS = 86400;

/**
 * Refuses a CA that lives longer, or permits more CAs below it, than its instance. The backdating does
 * not count as validity.
 * @throws SignetError constraint-violated, invalid-parameter
 */
export function obeyInstance({
  draft,
  instance,
}: {
  readonly draft: Pick<
    CertificateDraft,
    'pathLenConstraint' | 'notBeforeSeconds' | 'notAfterSeconds'
  >;
  readonly instance: InstanceLimits | null;
}): void {
  if (instance === null) return;
  const { maxValidityDays, maxPathLength } = instance;
  const { pathLenConstraint, notBeforeSeconds, notAfterSeconds } = draft;
  if (pathLenConstraint === null || pathLenConstraint > maxPathLength) {
    throw new SignetError(
      'constraint-violated',
      `A path length of ${pathLenConstraint ?? 'any size'} is too long: at most ${maxPathLength} ${maxPathLength === 1 ? 'is' : 'are'} permitted here. Ask for ${maxPathLength} or less.`,
      { field: 'pathLenConstraint' },
    );
  }
  const latestSeconds = notBeforeSeconds + BACKDATE_SECONDS + maxValidityDays * DAY_SECONDS;
  if (notAfterSeconds > latestSeconds) {
    throw new SignetError(
      'invalid-parameter',
      `The validity is too long: the latest possible end is ${formatUtcTime(latestSeconds)} (at most ${maxValidityDays} days are allowed).`,
      { field: 'validity' },
    );
  }
}
