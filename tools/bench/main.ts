import { parseArgs } from 'node:util';
import { measureAcme } from './acme.ts';
import { countAcmeRoundTrips } from './acme-round-trips.ts';
import { measureBundle } from './bundle.ts';
import { measureCertificateApi } from './certificate-api.ts';
import { measureExternalCa } from './external-ca.ts';
import { measureGrowth } from './growth.ts';
import { startLoadGenerator } from './load.ts';
import { measureParts } from './micro.ts';
import { measureOcsp } from './ocsp.ts';
import { comparePeers } from './peers/main.ts';
import { measureDownloads, measureSigning } from './rates.ts';
import { formatSection, reachesAim, type Section } from './report.ts';
import { measureRevocationLists } from './revocation-lists.ts';
import { countRoundTrips } from './round-trips.ts';
import { measureSearch } from './search.ts';
import { setUpWorkbench } from './workbench.ts';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
  },
});
const [what, ...parts] = positionals;
if (what === 'peers') {
  await comparePeers(parts, { seconds: Number(options.seconds), rounds: Number(options.rounds) });
  process.exit();
}
if (what !== undefined) throw new Error(`The bench does not know "${what}". It knows "peers".`);

const sections: Section[] = [];
function add(section: Section): void {
  sections.push(section);
  if (!options.json) console.log(`${formatSection(section)}\n`);
}

const load = startLoadGenerator();
const signet = await setUpWorkbench('src/index.ts');
try {
  for (const section of await measureSigning(load, signet)) add(section);
  add(await measureDownloads(load, signet));
  add(await measureOcsp(load, signet));
  add(await measureCertificateApi(load, signet));
  add(await measureExternalCa(load, signet));
  add(await measureAcme(signet));
  add(measureBundle(signet.bundle));
} finally {
  await signet.stop();
  await load.stop();
}
for (const section of await measureParts()) add(section);
add(await countRoundTrips());
add(await countAcmeRoundTrips());
add(await measureGrowth());
add(await measureSearch());
add(await measureRevocationLists());

const rows = sections.flatMap((section) => section.rows);
if (options.json) console.log(JSON.stringify(sections, null, 2));
else {
  const missed = rows.filter((row) => reachesAim(row) === false);
  console.log(
    missed.length === 0 ? 'All targets are met.' : `${missed.length} targets are missed.`,
  );
}
