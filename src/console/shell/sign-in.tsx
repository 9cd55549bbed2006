import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import icon from '../icon.svg';
import { Button } from '../parts/button.tsx';
import { RefusalNotice } from '../parts/feedback.tsx';
import { SecretField, TextField } from '../parts/field.tsx';
import { signIn } from '../state/sign-in.ts';
import { useAction } from '../state/use-load.ts';
import { Preferences } from './navigation.tsx';
import { text } from './texts.ts';

export function SignIn(): JSX.Element {
  const [accessKeyId, setAccessKeyId] = useState('');
  const [secret, setSecret] = useState('');
  const { run, isRunning, error } = useAction(async () => {
    try {
      await signIn(accessKeyId, secret);
    } finally {
      setSecret('');
    }
  });
  useEffect(() => {
    document.title = `${text('signIn')} · Signet`;
  });
  return (
    <main class="sign-in">
      <div class="sign-in-card">
        <p class="brand">
          <img src={icon} alt="" width="36" height="36" />
          Signet
        </p>
        <h1>{text('signIn')}</h1>
        <p class="muted">{text('signInHint')}</p>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <TextField
            label={text('accessKeyId')}
            value={accessKeyId}
            onInput={setAccessKeyId}
            autocomplete="username"
            required
          />
          <SecretField
            label={text('secret')}
            value={secret}
            onInput={setSecret}
            autocomplete="current-password"
            required
          />
          <RefusalNotice error={error} />
          <Button type="submit" look="primary" isRunning={isRunning}>
            {text('signIn')}
          </Button>
        </form>
      </div>
      <Preferences />
    </main>
  );
}
