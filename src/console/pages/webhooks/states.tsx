import type { JSX } from 'preact';
import type { Webhook, WebhookDelivery } from '../../api/client.ts';
import { Badge, type Tone } from '../../parts/feedback.tsx';
import { text } from './texts.ts';

export function WebhookState({ webhook }: { readonly webhook: Webhook }): JSX.Element {
  if (!webhook.enabled) return <Badge tone="neutral">{text('disabled')}</Badge>;
  if (webhook.failingSince !== null) return <Badge tone="warning">{text('failing')}</Badge>;
  return <Badge tone="good">{text('enabled')}</Badge>;
}

const DELIVERY_STATES: Readonly<
  Record<string, { readonly tone: Tone; readonly name: 'delivered' | 'retrying' | 'failed' }>
> = {
  delivered: { tone: 'good', name: 'delivered' },
  retrying: { tone: 'warning', name: 'retrying' },
  failed: { tone: 'bad', name: 'failed' },
};

export function DeliveryState({ delivery }: { readonly delivery: WebhookDelivery }): JSX.Element {
  const state = DELIVERY_STATES[delivery.state];
  return (
    <Badge tone={state?.tone ?? 'neutral'}>
      {state === undefined ? delivery.state : text(state.name)}
    </Badge>
  );
}
