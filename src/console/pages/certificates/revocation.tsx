import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import { type FoundCertificate, releaseCertificate, revokeCertificate } from '../../api/client.ts';
import { ActionDialog } from '../../parts/dialog.tsx';
import { RadioGroup } from '../../parts/field.tsx';
import { useAction } from '../../state/use-load.ts';
import { text } from './texts.ts';

const REASONS = [
  'superseded',
  'cessationOfOperation',
  'keyCompromise',
  'affiliationChanged',
  'privilegeWithdrawn',
  'unspecified',
] as const;
type Reason = (typeof REASONS)[number];

type Named = Pick<FoundCertificate, 'serial' | 'authority'>;

/** Asks for the reason and revokes each of the certificates. */
export function RevokeDialog(props: {
  readonly certificates: readonly Named[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const [reason, setReason] = useState<Reason>('superseded');
  const [done, setDone] = useState(0);
  const count = props.certificates.length;
  const { run, isRunning, error } = useAction(async () => {
    // What is revoked stays revoked if a later one fails, so the next attempt goes on from there.
    for (const [index, { serial, authority }] of props.certificates.entries()) {
      if (index < done) continue;
      await ask(revokeCertificate(serial, { reason }, { authority }));
      setDone(index + 1);
    }
    props.onDone();
  });
  return (
    <ActionDialog
      title={count === 1 ? text('revoke') : text('revokeMany', { count })}
      action={text('revoke')}
      look="danger"
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={done > 0 ? props.onDone : props.onClose}
    >
      <p>{text('revokeText')}</p>
      <RadioGroup
        legend={text('reason')}
        value={reason}
        onInput={(value) => setReason(REASONS.find((each) => each === value) ?? 'unspecified')}
        options={REASONS.map((each) => ({
          value: each,
          label: text(`reason-${each}`),
          hint: text(`reason-${each}-hint`),
        }))}
      />
      {done > 0 && <p role="status">{text('revokedSome', { done, count })}</p>}
    </ActionDialog>
  );
}

export function HoldDialog(props: {
  readonly certificate: Named;
  readonly kind: 'hold' | 'release';
  readonly onDone: () => void;
  readonly onClose: () => void;
}): JSX.Element {
  const { serial, authority } = props.certificate;
  const isHold = props.kind === 'hold';
  const { run, isRunning, error } = useAction(async () => {
    if (isHold) await ask(revokeCertificate(serial, { reason: 'certificateHold' }, { authority }));
    else await ask(releaseCertificate(serial, { authority }));
    props.onDone();
  });
  return (
    <ActionDialog
      title={text(isHold ? 'hold' : 'release')}
      action={text(isHold ? 'hold' : 'release')}
      isRunning={isRunning}
      error={error}
      onSubmit={() => void run()}
      onClose={props.onClose}
    >
      <p>{text(isHold ? 'holdText' : 'releaseText')}</p>
    </ActionDialog>
  );
}
