import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { formatCertificateText } from '../../../x509/description/format-text.ts';
import { ask } from '../../api/ask.ts';
import { type Certificate, getCertificate, searchCertificates } from '../../api/client.ts';
import { Button } from '../../parts/button.tsx';
import { CodeBlock } from '../../parts/copy.tsx';
import { DecodedView, TextForm } from '../../parts/decoded-certificate.tsx';
import { Load, Notice } from '../../parts/feedback.tsx';
import { History } from '../../parts/history.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { showText } from '../../parts/shown-text.ts';
import { Time } from '../../parts/time.tsx';
import { linkTo } from '../../state/route.ts';
import { mayAdminister, mayUse } from '../../state/session.ts';
import { useLoad } from '../../state/use-load.ts';
import { HoldDialog, RevokeDialog } from './revocation.tsx';
import { nameOf } from './search-page.tsx';
import { StateBadge } from './states.tsx';
import { text } from './texts.ts';
import { WhereInUse } from './where-in-use.tsx';

type Open = 'revoke' | 'hold' | 'release' | null;

export function CertificatePage(props: {
  readonly serial: string;
  readonly authority: string | null;
}): JSX.Element {
  const { serial } = props;
  const authority = props.authority ?? undefined;
  const loaded = useLoad(async () => {
    const certificate = await ask(getCertificate(serial, { authority }));
    // The search knows the names and the state of a certificate.
    const { certificates } = await ask(searchCertificates({ serial, authority }));
    return { certificate, found: certificates.find((each) => each.serial === certificate.serial) };
  }, [serial, authority]);
  const [open, setOpen] = useState<Open>(null);
  const { data } = loaded;
  const state = data?.found?.state;
  const close = () => setOpen(null);
  const finish = () => {
    close();
    loaded.reload();
  };
  return (
    <Page
      title={data?.found === undefined ? serial : nameOf(data.found)}
      above={<a href={linkTo(['certificates'])}>{text('certificates')}</a>}
      actions={
        mayUse('certificates:Revoke') && (
          <>
            {state === 'valid' && <Button onClick={() => setOpen('hold')}>{text('hold')}</Button>}
            {state === 'on-hold' && (
              <Button onClick={() => setOpen('release')}>{text('release')}</Button>
            )}
            {(state === 'valid' || state === 'on-hold') && (
              <Button look="danger" onClick={() => setOpen('revoke')}>
                {text('revoke')}
              </Button>
            )}
          </>
        )
      }
    >
      <Load from={loaded}>
        {({ certificate, found }) => (
          <>
            <div class="columns">
              <Panel title={text('onRecord')}>
                <Facts
                  facts={[
                    ...(found === undefined
                      ? []
                      : ([
                          [text('state'), <StateBadge key="state" state={found.state} />],
                          [
                            text('names'),
                            <ul key="names" class="names">
                              {found.names.map((name) => (
                                <li key={name}>{showText(name)}</li>
                              ))}
                            </ul>,
                          ],
                        ] as const)),
                    [text('subject'), showText(certificate.subject)],
                    [
                      text('serial'),
                      <span key="serial" class="code-text">
                        {certificate.serial}
                      </span>,
                    ],
                    [text('authority'), certificate.authority],
                    [text('profile'), certificate.profile ?? '—'],
                    [text('origin'), certificate.origin],
                    [text('account'), certificate.account],
                    [text('from'), <Time key="from" at={certificate.notBefore} />],
                    [text('to'), <Time key="to" at={certificate.notAfter} />],
                    [text('issued'), <Time key="issued" at={certificate.issuedAt} />],
                    ...(certificate.revocation === null
                      ? []
                      : ([
                          [
                            text('revoked'),
                            <Time key="revoked" at={certificate.revocation.revokedAt} />,
                          ],
                          [text('reason'), certificate.revocation.reason],
                        ] as const)),
                  ]}
                />
              </Panel>
              <Downloads certificate={certificate} />
            </div>
            {mayUse('inventory:Read') && certificate.decoded !== null && (
              <WhereInUse fingerprint={certificate.decoded.fingerprints?.sha256 ?? ''} />
            )}
            {certificate.decoded !== null && (
              <Panel title={text('decoded')}>
                <DecodedView decoded={certificate.decoded} />
                <TextForm value={formatCertificateText(certificate.decoded)} />
              </Panel>
            )}
            {mayAdminister('accounts:Manage') && (
              <Panel title={text('history')}>
                <History target={certificate.serial} />
              </Panel>
            )}
          </>
        )}
      </Load>
      {open === 'revoke' && data !== undefined && (
        <RevokeDialog certificates={[data.certificate]} onDone={finish} onClose={close} />
      )}
      {(open === 'hold' || open === 'release') && data !== undefined && (
        <HoldDialog certificate={data.certificate} kind={open} onDone={finish} onClose={close} />
      )}
    </Page>
  );
}

const PEM = 'application/x-pem-file';

function Downloads({ certificate }: { readonly certificate: Certificate }): JSX.Element {
  const { serial, authority, chain } = certificate;
  const pem = certificate.certificate;
  const address = `${location.origin}/api/v1/certificates/${serial}?authority=${encodeURIComponent(authority)}`;
  return (
    <Panel title={text('downloads')}>
      {pem === null ? (
        <Notice tone="info">{text('deleted')}</Notice>
      ) : (
        <>
          <div class="buttons">
            <Button onClick={() => saveFile(`${serial}.pem`, pem, PEM)}>PEM</Button>
            <Button onClick={() => saveFile(`${serial}-chain.pem`, [pem, ...chain].join(''), PEM)}>
              PEM + CA
            </Button>
          </div>
          <CodeBlock label="PEM" value={pem} />
        </>
      )}
      <CodeBlock label={text('copyCommand')} value={`curl -u "$ID:$SECRET" '${address}'`} />
    </Panel>
  );
}
