import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface WorkDirectory {
  readonly path: string;
  /** Writes a file of that name and answers its path. */
  write(name: string, content: string | Uint8Array): string;
  remove(): void;
}

/** A new directory among the system's temporary files, for tools that read and write files. */
export function makeWorkDirectory(): WorkDirectory {
  const path = mkdtempSync(join(tmpdir(), 'signet-interop-'));
  return {
    path,
    write(name, content) {
      const file = join(path, name);
      writeFileSync(file, content);
      return file;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
