import { writeFileSync } from 'node:fs';
import type { RawRequest } from '../http-client.ts';

/** Writes requests as replay.lua reads them. */
export function writeRequests(path: string, requests: readonly RawRequest[]): void {
  writeFileSync(
    path,
    Buffer.concat(requests.flatMap(({ bytes }) => [Buffer.from(`${bytes.length}\n`), bytes])),
  );
}
