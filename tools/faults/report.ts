import { count, type FaultFigures } from './run-lives.ts';

export function formatFaults(figures: FaultFigures, seconds: number): string {
  const { kills, killsAtStart, answered, lost, doneUnanswered, world } = figures;
  const { ledger, lists, findings } = world;
  const lines = [
    '',
    `kills under load                    ${kills}`,
    `kills while starting                ${killsAtStart}`,
    `requests answered                   ${count(answered)}`,
    `certificates                        ${ledger.certificates.size}`,
    `revocations                         ${ledger.revoked.size}`,
    `different CRLs seen                 ${lists.count}`,
    `requests pending at a kill          ${count(lost)} (${describeCounts(lost)})`,
    `of these, committed                 ${doneUnanswered} certificates and revocations`,
    `checks                              ${findings.checks}`,
    `violations                          ${count(findings.violations)}`,
    `seconds                             ${Math.round(seconds)}`,
    ...[...findings.violations].map(([fault, times]) => `VIOLATION, ${times} times: ${fault}`),
  ];
  return lines.join('\n');
}

function describeCounts(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, times]) => `${name} ${times}`)
    .join(', ');
}
