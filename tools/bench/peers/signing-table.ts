import type { Skipped } from './server.ts';
import type { Signing } from './signing.ts';
import { formatNumber, type Table } from './table.ts';

/** With one connection, a server that waits for each commit waits once for each certificate at least. */
export function waitsForDisk({ syncs }: Signing): boolean | null {
  return syncs === null ? null : syncs >= 1;
}

export function toSigningTable(signings: readonly Signing[], skipped: readonly Skipped[]): Table {
  return {
    notes: skipped.map(({ name, reason }) => `${name}: skipped, ${reason}`),
    title: 'Signing',
    header: [
      ...['Server', 'Connections', 'Certificates/s', 'p50', 'p99', 'CPU µs/certificate'],
      ...[
        'Memory',
        'Waits for the disk, calls per certificate',
        'Stored, answered',
        'Failures',
        'CPU of the client',
      ],
    ],
    rows: signings.flatMap((signing) =>
      [...signing.results].map(([connections, result]) => [
        signing.server.name + (signing.server.protocol === 'https:' ? ' (TLS)' : ''),
        String(connections),
        formatNumber(result.rate),
        `${formatNumber(result.p50Ms)} ms`,
        `${formatNumber(result.p99Ms)} ms`,
        formatNumber(result.cpuUsPerAnswer),
        `${formatNumber(result.memoryBytes / 1e6)} MB`,
        describeSyncs(signing),
        signing.stored,
        String(result.failures),
        `${Math.round(result.clientShare * 100)} %`,
      ]),
    ),
  };
}

function describeSyncs(signing: Signing): string {
  if (signing.syncs === null) return 'not checked';
  return `${waitsForDisk(signing) ? 'yes' : 'no'}, ${formatNumber(signing.syncs)}`;
}
