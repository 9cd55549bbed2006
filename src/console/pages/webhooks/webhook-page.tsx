import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask } from '../../api/ask.ts';
import {
  deleteWebhook,
  getWebhook,
  type RotatedWebhookSecret,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
  type Webhook,
} from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { Load, Notice, RefusalNotice } from '../../parts/feedback.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { SecretDialog } from '../../parts/secret-dialog.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Time } from '../../parts/time.tsx';
import { goTo, linkTo } from '../../state/route.ts';
import { mayUse } from '../../state/session.ts';
import { useAction, useLoad } from '../../state/use-load.ts';
import { Deliveries } from './deliveries.tsx';
import { WebhookState } from './states.tsx';
import { text } from './texts.ts';
import { WebhookDialog } from './webhook-dialog.tsx';

type Open = 'delete' | 'edit' | 'rotate';

export function WebhookPage({ id }: { readonly id: string }): JSX.Element {
  const loaded = useLoad(() => ask(getWebhook(id)), [id]);
  const [open, setOpen] = useState<Open | null>(null);
  const [rotated, setRotated] = useState<RotatedWebhookSecret | null>(null);
  const [testId, setTestId] = useState<string | null>(null);
  const { data } = loaded;
  const close = () => setOpen(null);
  const finish = () => {
    close();
    loaded.reload();
  };
  const test = useAction(async () => {
    setTestId((await ask(testWebhook(id))).eventId);
  });
  const toggle = useAction(async ({ enabled }: Webhook) => {
    await ask(updateWebhook(id, { enabled: !enabled }));
    loaded.reload();
  });
  return (
    <Page
      title={data === undefined ? id : showText(data.name)}
      above={<a href={linkTo(['webhooks'])}>{text('title')}</a>}
      actions={
        data !== undefined &&
        mayUse('webhooks:Write') && (
          <>
            {data.enabled && (
              <Button look="primary" onClick={() => void test.run()} isRunning={test.isRunning}>
                {text('test')}
              </Button>
            )}
            <Button onClick={() => setOpen('edit')}>{text('edit')}</Button>
            <Button onClick={() => setOpen('rotate')}>{text('rotate')}</Button>
            <Button onClick={() => void toggle.run(data)} isRunning={toggle.isRunning}>
              {text(data.enabled ? 'disable' : 'enable')}
            </Button>
            <Button look="danger" onClick={() => setOpen('delete')}>
              {text('delete')}
            </Button>
          </>
        )
      }
    >
      <RefusalNotice error={test.error ?? toggle.error} />
      {testId !== null && (
        <Notice tone="info">
          <p>{text('willTest', { id: testId })}</p>
        </Notice>
      )}
      <Load from={loaded}>
        {(webhook) => (
          <div class="stack">
            {webhook.disabledReason !== null && (
              <Notice tone="warning" title={text('wasDisabled')}>
                <p>{webhook.disabledReason}</p>
              </Notice>
            )}
            <Panel title={text('settings')}>
              <Facts facts={describe(webhook)} />
            </Panel>
            <Deliveries webhook={webhook} latest={testId} />
          </div>
        )}
      </Load>
      {data !== undefined && open === 'edit' && (
        <WebhookDialog webhook={data} onDone={finish} onClose={close} />
      )}
      {open === 'rotate' && (
        <ConfirmDialog
          title={text('rotate')}
          action={text('rotate')}
          act={async () => setRotated(await ask(rotateWebhookSecret(id)))}
          onDone={close}
          onClose={close}
        >
          <p>{text('rotateText')}</p>
        </ConfirmDialog>
      )}
      {rotated !== null && (
        <SecretDialog
          title={text('rotate')}
          hint={text('secretHint')}
          secrets={[[text('secret'), rotated.secret]]}
          onClose={() => setRotated(null)}
        />
      )}
      {data !== undefined && open === 'delete' && (
        <ConfirmDialog
          title={text('delete')}
          action={text('delete')}
          act={() => ask(deleteWebhook(id))}
          onDone={() => goTo(['webhooks'])}
          onClose={close}
        >
          <p>{text('deleteText', { name: showText(data.name) })}</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function describe(webhook: Webhook): Parameters<typeof Facts>[0]['facts'] {
  const { types, authorityId, profile, accountId } = webhook.filters;
  return [
    [text('state'), <WebhookState key="state" webhook={webhook} />],
    [
      text('url'),
      <span key="url" class="code-text">
        {showText(webhook.url)}
      </span>,
    ],
    [text('types'), types === null ? text('all') : types.join(', ')],
    [text('authority'), showFilter(authorityId)],
    [text('profile'), showFilter(profile)],
    [text('account'), showFilter(accountId)],
    [text('owner'), webhook.accountId],
    [text('created'), <Time key="created" at={webhook.createdAt} />],
    ...(webhook.failingSince === null
      ? []
      : [[text('failingSince'), <Time key="failing" at={webhook.failingSince} />] as const]),
  ];
}

function showFilter(value: string | null): string {
  return value === null ? text('all') : showText(value);
}
