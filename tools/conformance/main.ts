import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCommand } from '../../scripts/user-error.ts';
import { buildWorker } from '../worker/build-worker.ts';
import { serveBundle } from '../worker/serve-bundle.ts';
import { judgeFindings } from './accepted.ts';
import { ACCEPTED } from './accepted-findings.ts';
import { Client } from './client.ts';
import { makeCorpus } from './corpus.ts';
import { runTool, type ToolResult } from './findings.ts';
import { SHORT_PROFILES } from './leaves.ts';
import { gatherObjects } from './publish.ts';
import { formatFinding, formatTable } from './report.ts';
import { openTools } from './tools.ts';

const { values: options } = parseArgs({
  options: {
    'require-all': { type: 'boolean', default: false },
    /** Runs only the tools whose names start with this. */
    only: { type: 'string', default: '' },
    /** Keeps the files, to look at them. */
    keep: { type: 'boolean', default: false },
  },
});

async function checkConformance(directory: string): Promise<number> {
  const { tools, skipped } = await openTools(join(directory, 'tools'));
  for (const each of skipped) console.log(`skipped: ${each}`);
  const results: ToolResult[] = [];
  const bundle = buildWorker();
  const server = await serveBundle(bundle, { vars: { PROFILES: JSON.stringify(SHORT_PROFILES) } });
  try {
    const client = new Client(server);
    const corpus = await makeCorpus(client, join(directory, 'keys'));
    const objects = await gatherObjects(client, corpus, directory);
    for (const tool of tools.filter(({ name }) => name.startsWith(options.only))) {
      const startedMs = performance.now();
      results.push(await runTool(tool, objects));
      const seconds = (performance.now() - startedMs) / 1000;
      console.error(`${tool.name}: ${seconds.toFixed(1)} s`);
    }
  } finally {
    await server.stop();
    rmSync(bundle.directory, { recursive: true, force: true });
  }
  const findings = results.flatMap((result) => result.findings);
  const ran = results.filter(({ checked }) => checked.length > 0).map(({ tool }) => tool);
  const judged = judgeFindings(findings, ACCEPTED, ran);
  for (const finding of judged.failures) console.log(formatFinding(finding));
  for (const { tool, id } of judged.unused) console.log(`no longer found: ${tool}: ${id}`);
  console.log(formatTable(results, judged));
  const complete = skipped.length === 0 || !options['require-all'];
  return judged.failures.length === 0 && judged.unused.length === 0 && complete ? 0 : 1;
}

await runCommand(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'signet-conformance-'));
  for (const name of ['keys', 'tools']) mkdirSync(join(directory, name));
  try {
    return await checkConformance(directory);
  } finally {
    if (options.keep) console.log(`The files are in ${directory}`);
    else rmSync(directory, { recursive: true, force: true });
  }
});
