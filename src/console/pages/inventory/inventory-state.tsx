import type { JSX } from 'preact';
import type { InventorySummary } from '../../api/client.ts';
import { Badge } from '../../parts/feedback.tsx';
import { text } from './texts.ts';

export function EntryState({
  entry,
}: {
  readonly entry: Pick<InventorySummary, 'expired' | 'inUse' | 'marks'>;
}): JSX.Element {
  return (
    <>
      <Badge tone={entry.expired ? 'bad' : 'good'}>
        {text(entry.expired ? 'expired' : 'valid')}
      </Badge>{' '}
      {entry.inUse && <Badge tone="info">{text('inUse')}</Badge>}{' '}
      {entry.marks.map((mark) => (
        <Badge key={mark} tone="warning">
          {mark}
        </Badge>
      ))}
    </>
  );
}
