import type { JSX } from 'preact';
import type { FoundCertificate } from '../../api/client.ts';
import { Badge, type Tone } from '../../parts/feedback.tsx';
import { text as partText } from '../../parts/texts.ts';

export type State = FoundCertificate['state'];

const TONES: Readonly<Record<State, Tone>> = {
  valid: 'good',
  expired: 'neutral',
  revoked: 'bad',
  'on-hold': 'warning',
};

export function StateBadge({ state }: { readonly state: State }): JSX.Element {
  return <Badge tone={TONES[state]}>{partText(state)}</Badge>;
}
