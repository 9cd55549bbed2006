import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CaFileOptions,
  type CaFiles,
  findCertificateBlocks,
  readCaFiles,
  readText,
} from './ca-files.ts';
import { type HistoryEntry, parseIndex } from './openssl-index.ts';
import { UserError } from './user-error.ts';

export interface DirectoryOptions extends CaFileOptions {
  readonly crl?: string | undefined;
  /** True to import no CRL. */
  readonly noCrl?: boolean | undefined;
}

/** A directory of `openssl ca`, laid out as in its manual's example configuration. */
export interface OpensslCaDirectory {
  readonly ca: CaFiles;
  /** Revoked certificates first. `readCertificate` adds the certificate itself. */
  readonly entries: readonly HistoryEntry[];
  readonly uniqueSubject: boolean;
  /** PEM of the last CRL, or null. */
  readonly crlPem: string | null;
  /** From the file crlnumber, which holds the next number; null if there is no such file. */
  readonly lastCrlNumber: number | null;
  /** Returns the entry with its certificate, if newcerts has it. */
  readCertificate(entry: HistoryEntry): HistoryEntry;
}

/** @throws UserError that names the missing or wrong file */
export function readOpensslCaDirectory(
  directory: string,
  options: DirectoryOptions,
): OpensslCaDirectory {
  const ca = readCaFiles(directory, options);
  const indexPath = join(directory, 'index.txt');
  if (!existsSync(indexPath)) {
    throw new UserError(
      `There is no ${indexPath}: is ${directory} the directory of \`openssl ca\` ("dir" in its configuration)?`,
    );
  }
  const entries = parseIndex(readFileSync(indexPath, 'utf8'));
  return {
    ca,
    entries: [
      ...entries.filter(({ revocation }) => revocation !== undefined),
      ...entries.filter(({ revocation }) => revocation === undefined),
    ],
    uniqueSubject: readUniqueSubject(join(directory, 'index.txt.attr')),
    crlPem: options.noCrl === true ? null : readCrl(directory, options.crl),
    lastCrlNumber: readLastCrlNumber(join(directory, 'crlnumber')),
    readCertificate(entry) {
      const path = join(directory, 'newcerts', `${entry.serial}.pem`);
      const [certificate] = existsSync(path)
        ? findCertificateBlocks(readFileSync(path, 'utf8'))
        : [];
      return certificate === undefined ? entry : { ...entry, certificate };
    },
  };
}

/** OpenSSL reads only the first letter; its default is yes. */
function readUniqueSubject(path: string): boolean {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const value = /^\s*unique_subject\s*=\s*(\S)/m.exec(text)?.[1] ?? 'y';
  return !/[fn0]/i.test(value);
}

function readCrl(directory: string, given: string | undefined): string | null {
  const path = given ?? findCrl(directory);
  if (path === null) return null;
  const blocks = readText(path, '--crl').match(
    /-----BEGIN X509 CRL-----[^-]*-----END X509 CRL-----/g,
  );
  if (blocks === null || blocks.length !== 1) {
    throw new UserError(
      `${path} must have exactly one CRL in PEM. Convert DER with: openssl crl -inform DER -in ${path} -out crl.pem`,
    );
  }
  return String(blocks[0]);
}

function findCrl(directory: string): string | null {
  const single = join(directory, 'crl.pem');
  if (existsSync(single)) return single;
  const many = join(directory, 'crl');
  const names = existsSync(many) ? readdirSync(many).filter((name) => name.endsWith('.pem')) : [];
  if (names.length > 1) {
    throw new UserError(
      `${many} has several CRLs: ${names.join(', ')}. Name the last one with --crl FILE.`,
    );
  }
  return names[0] === undefined ? null : join(many, names[0]);
}

function readLastCrlNumber(path: string): number | null {
  if (!existsSync(path)) return null;
  const text = readFileSync(path, 'utf8').trim();
  const next = /^[0-9A-Fa-f]+$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
  if (!Number.isSafeInteger(next)) {
    throw new UserError(
      `${path} holds "${text.slice(0, 40)}"; it must be a number in hexadecimal, under 2^53.`,
    );
  }
  return Math.max(0, next - 1);
}
