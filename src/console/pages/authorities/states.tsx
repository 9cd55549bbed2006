import type { JSX } from 'preact';
import type { AuthoritySummary } from '../../api/client.ts';
import { Badge, type Tone } from '../../parts/feedback.tsx';
import { text } from './texts.ts';

type State = AuthoritySummary['state'];

const TONES: Readonly<Record<State, Tone>> = {
  active: 'good',
  disabled: 'warning',
  pending: 'info',
  revoked: 'bad',
};

export function AuthorityState({ state }: { readonly state: State }): JSX.Element {
  return <Badge tone={TONES[state]}>{text(state)}</Badge>;
}
