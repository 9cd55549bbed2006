import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { IssuedCertificate } from '../../api/client.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { Notice, RefusalNotice } from '../../parts/feedback.tsx';
import { SecretField } from '../../parts/field.tsx';
import { Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { linkTo } from '../../state/route.ts';
import { useAction } from '../../state/use-load.ts';
import type { MadeKey } from './make-key.ts';
import { text } from './texts.ts';

const PEM = 'application/x-pem-file';

/** What was issued, to be saved: the key exists nowhere else. */
export function IssuedPanel(props: {
  readonly issued: IssuedCertificate;
  readonly madeKey: MadeKey | null;
  readonly onRestart: () => void;
}): JSX.Element {
  const { issued, madeKey } = props;
  const { serial, authority, certificate, chain } = issued;
  const whole = [certificate, ...chain].join('');
  const [password, setPassword] = useState('');
  const pkcs12 = useAction(async () => {
    if (madeKey === null) return;
    // Programs disagree on how to encode any other character.
    if (!/^[\x20-\x7e]+$/.test(password)) throw new Error(text('asciiPassword'));
    // Loaded when it is needed: it is the largest part of the console.
    const { makePkcs12 } = await import('./make-pkcs12.ts');
    const file = await makePkcs12(madeKey.pkcs8Der, whole, password);
    saveFile(`${serial}.p12`, file, 'application/x-pkcs12');
  });
  return (
    <>
      <Notice tone="good" title={text('issued')}>
        {madeKey !== null && <p>{text('keyKept')}</p>}
      </Notice>
      <Panel title={text('downloads')}>
        <div class="buttons">
          {madeKey !== null && (
            <Button
              look="primary"
              onClick={() => saveFile(`${serial}.key.pem`, madeKey.keyPem, PEM)}
            >
              {text('saveKey')}
            </Button>
          )}
          <Button onClick={() => saveFile(`${serial}.pem`, certificate, PEM)}>
            {text('savePem')}
          </Button>
          <Button onClick={() => saveFile(`${serial}-chain.pem`, whole, PEM)}>
            {text('saveChain')}
          </Button>
        </div>
        {madeKey !== null && (
          <form
            class="form"
            onSubmit={(event) => {
              event.preventDefault();
              void pkcs12.run();
            }}
          >
            <SecretField
              label={text('password')}
              hint={text('passwordHint')}
              value={password}
              onInput={setPassword}
              autocomplete="new-password"
              required
            />
            <RefusalNotice error={pkcs12.error} />
            <div class="form-actions">
              <Button type="submit" isRunning={pkcs12.isRunning}>
                {text('savePkcs12')}
              </Button>
            </div>
          </form>
        )}
        <div class="form-actions">
          <Button onClick={props.onRestart}>{text('again')}</Button>
          <ButtonLink href={linkTo(['certificates', serial], { authority })}>
            {text('show')}
          </ButtonLink>
        </div>
      </Panel>
    </>
  );
}
