import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatCertificateText } from '../../../x509/description/format-text.ts';
import { ask } from '../../api/ask.ts';
import {
  type IssuedCertificate,
  issueCertificate,
  type PreviewedCertificate,
  previewCertificate,
} from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { DecodedView, TextForm } from '../../parts/decoded-certificate.tsx';
import { Notice, RefusalNotice } from '../../parts/feedback.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { showText } from '../../parts/shown-text.ts';
import { Time } from '../../parts/time.tsx';
import { useAction } from '../../state/use-load.ts';
import { IssuedPanel } from './issued.tsx';
import { KEY_TYPES, type MadeKey, makeKey } from './make-key.ts';
import { chooseSubject, readNames } from './read-names.ts';
import { EMPTY_REQUEST, type RequestFields, RequestForm } from './request-form.tsx';
import { text } from './texts.ts';

type Order = Parameters<typeof issueCertificate>[0];

/** What the user is about to issue, and what it would become. */
interface Prepared {
  readonly order: Order;
  readonly preview: PreviewedCertificate;
}

export default function Issue(): JSX.Element {
  const [fields, setFields] = useState<RequestFields>(EMPTY_REQUEST);
  const [key, setKey] = useState<MadeKey | null>(null);
  const [prepared, setPrepared] = useState<Prepared | null>(null);
  const [issued, setIssued] = useState<IssuedCertificate | null>(null);

  const preview = useAction(async () => {
    const { csr, made } = await makeRequest(fields, key);
    setKey(made);
    const order = readOrder(fields, csr);
    setPrepared({ order, preview: await ask(previewCertificate(order)) });
  });
  const issue = useAction(async (order: Order) => {
    setIssued(await ask(issueCertificate(order)));
  });
  const restart = () => {
    setFields(EMPTY_REQUEST);
    setKey(null);
    setPrepared(null);
    setIssued(null);
  };

  return (
    <Page title={text('title')}>
      {issued !== null && <IssuedPanel issued={issued} madeKey={key} onRestart={restart} />}
      {issued === null && prepared === null && (
        <Panel>
          <RequestForm
            fields={fields}
            onChange={(changed) => {
              // Another kind of key needs another key.
              if (changed.keyType !== fields.keyType) setKey(null);
              setFields(changed);
            }}
            onSubmit={() => void preview.run()}
            isRunning={preview.isRunning}
            error={preview.error}
          />
        </Panel>
      )}
      {issued === null && prepared !== null && (
        <PreviewPanel
          prepared={prepared}
          onBack={() => setPrepared(null)}
          onIssue={() => void issue.run(prepared.order)}
          issue={issue}
        />
      )}
    </Page>
  );
}

async function makeRequest(
  fields: RequestFields,
  known: MadeKey | null,
): Promise<{ readonly csr: string; readonly made: MadeKey | null }> {
  if (fields.source === 'paste') return { csr: fields.csr, made: null };
  const type = KEY_TYPES.find(({ name }) => name === fields.keyType) ?? KEY_TYPES[0];
  if (type === undefined) throw new Error(text('wrongKey'));
  const made =
    known ??
    (await makeKey(type).catch((cause: unknown) => {
      throw new Error(text('wrongKey'), { cause });
    }));
  const names = readNames(fields.names);
  return { csr: await made.request(chooseSubject(fields.subject, names), names), made };
}

function readOrder({ authority, profile, days }: RequestFields, csr: string): Order {
  return {
    csr,
    ...(authority.trim() === '' ? {} : { authority: authority.trim() }),
    ...(profile === '' ? {} : { profile }),
    ...(days.trim() === '' ? {} : { validitySeconds: Math.round(Number(days) * 86_400) }),
  };
}

function PreviewPanel(props: {
  readonly prepared: Prepared;
  readonly onBack: () => void;
  readonly onIssue: () => void;
  readonly issue: Pick<ReturnType<typeof useAction>, 'isRunning' | 'error'>;
}): JSX.Element {
  const { preview } = props.prepared;
  return (
    <>
      <Notice tone="info" title={text('previewTitle')} />
      <Panel title={text('contents')}>
        <Facts
          facts={[
            [text('subject'), showText(preview.subject)],
            [
              text('names'),
              <ul key="names" class="names">
                {preview.names.map(({ value }) => (
                  <li key={value}>{showText(value)}</li>
                ))}
              </ul>,
            ],
            [text('authority'), preview.authority],
            [text('profile'), preview.profile ?? '—'],
            [
              text('validity'),
              <span key="validity">
                <Time at={preview.notBefore} /> – <Time at={preview.notAfter} />
              </span>,
            ],
          ]}
        />
        <h3>{text('changes')}</h3>
        {preview.notes.length === 0 ? (
          <p class="muted">{text('nothingChanged')}</p>
        ) : (
          <ul class="changes">
            {preview.notes.map(({ change, part, message }) => (
              <li key={`${part} ${message}`}>
                <strong>
                  {part} {text(`change-${change}`)}
                </strong>
                <small class="line">{showText(message)}</small>
              </li>
            ))}
          </ul>
        )}
        <RefusalNotice error={props.issue.error} />
        <div class="form-actions">
          <Button onClick={props.onBack}>{text('edit')}</Button>
          <Button look="primary" onClick={props.onIssue} isRunning={props.issue.isRunning}>
            {text('issue')}
          </Button>
        </div>
      </Panel>
      <Panel>
        <DecodedView decoded={preview.decoded} />
        <TextForm value={formatCertificateText(preview.decoded)} />
      </Panel>
    </>
  );
}
