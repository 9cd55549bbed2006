import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ask, Refusal } from '../../api/ask.ts';
import { checkHealth, type Health as HealthReport, runJob } from '../../api/client.ts';
import { Button, RowButton } from '../../parts/button.tsx';
import { Badge, Load, RefusalNotice } from '../../parts/feedback.tsx';
import { Facts, Page, Panel } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { mayAdminister } from '../../state/session.ts';
import { useAction, useLoad } from '../../state/use-load.ts';
import { Lists } from './lists.tsx';
import { text } from './texts.ts';

const PARTS = ['secrets', 'database', 'authority', 'audit'] as const;

const JOBS = [
  ...(['seal-audit', 'renew-crl', 'retire-revocations', 'purge-edge', 'reseal'] as const),
  ...([
    'renew-ocsp-responders',
    'mark-expiring',
    'announce-expiring',
    'deliver-webhooks',
    'finish-acme',
  ] as const),
  ...(['index-certificates', 'clean-up'] as const),
];
type Job = (typeof JOBS)[number];

export default function Health(): JSX.Element {
  const health = useLoad(readHealth, []);
  return (
    <Page
      title={text('title')}
      actions={<Button onClick={health.reload}>{text('checkAgain')}</Button>}
    >
      <Panel title={text('parts')}>
        <Load from={health}>
          {(report) => (
            <Facts
              facts={PARTS.map((part) => [
                text(part),
                <Badge key={part} tone={report[part] ? 'good' : 'bad'}>
                  {text(report[part] ? 'good' : 'bad')}
                </Badge>,
              ])}
            />
          )}
        </Load>
      </Panel>
      {mayAdminister('authorities:Manage') && (
        <>
          <Lists />
          <Jobs />
        </>
      )}
    </Page>
  );
}

/** An unhealthy server answers 503 with the same report. */
async function readHealth(): Promise<HealthReport> {
  const answer = await checkHealth();
  if (answer.status === 200 || answer.status === 503) return answer.data;
  throw new Refusal(answer.status, answer.data);
}

function Jobs(): JSX.Element {
  const [reports, setReports] = useState<ReadonlyMap<Job, string>>(new Map());
  const action = useAction(async (job: Job) => {
    const { report } = await ask(runJob(job));
    const shown = Object.entries(report).map(([name, value]) => `${name}: ${value}`);
    setReports(new Map(reports).set(job, shown.join(', ')));
  });
  return (
    <Panel title={text('jobs')}>
      <p class="muted">{text('jobsHint')}</p>
      <RefusalNotice error={action.error} />
      <Table
        caption={text('jobs')}
        rows={JOBS}
        keyOf={(job) => job}
        columns={[
          { title: text('job'), kind: 'main', cell: (job) => job },
          { title: text('what'), cell: (job) => text(job) },
          {
            title: text('report'),
            cell: (job) => <span role="status">{reports.get(job) ?? '—'}</span>,
          },
          {
            title: text('run'),
            kind: 'actions',
            cell: (job) => (
              <RowButton
                action={text('run')}
                name={job}
                isRunning={action.isRunning}
                onClick={() => void action.run(job)}
              />
            ),
          },
        ]}
      />
    </Panel>
  );
}
