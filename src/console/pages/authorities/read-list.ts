import { parseCrl } from '../../../x509/status/crl.ts';
import { ask } from '../../api/ask.ts';
import { downloadCrl } from '../../api/client.ts';

export interface ListState {
  readonly number: number | null;
  readonly entries: number;
  /** RFC 3339, like the next one. */
  readonly thisUpdate: string;
  readonly nextUpdate: string | null;
}

/** Reads the CRL of a generation, as clients get it. */
export async function readList(generation: string): Promise<ListState> {
  const file = await ask(downloadCrl(generation));
  const crl = parseCrl(new Uint8Array(await file.arrayBuffer()));
  return {
    number: crl.number,
    entries: crl.entries.length,
    thisUpdate: toTime(crl.thisUpdateSeconds),
    nextUpdate: crl.nextUpdateSeconds === null ? null : toTime(crl.nextUpdateSeconds),
  };
}

function toTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
