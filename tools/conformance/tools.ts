import { installPkilint, installZlint } from './cache.ts';
import type { Tool } from './findings.ts';
import { isInstalled } from './run.ts';
import { openCerttool, openCerttoolCrl } from './tools/gnutls.ts';
import { openJava } from './tools/java.ts';
import { openNss } from './tools/nss.ts';
import { openOcsptool, openOpensslOcsp } from './tools/ocsp.ts';
import { openOpenssl, openOpensslCrl } from './tools/openssl.ts';
import { openPkilint, openPkilintChain } from './tools/pkilint.ts';
import { openZlint } from './tools/zlint.ts';

export interface Toolbox {
  readonly tools: readonly Tool[];
  /** The tools that are missing, with reasons. */
  readonly skipped: readonly string[];
}

/** Prepares all tools that this machine has or can install. @param directory for their files */
export async function openTools(directory: string): Promise<Toolbox> {
  const tools: Tool[] = [];
  const skipped: string[] = [];
  function add(name: string, why: string | null, open: () => readonly Tool[]): void {
    if (why === null) tools.push(...open());
    else skipped.push(`${name}: ${why}`);
  }
  const zlint = await installZlint();
  if ('command' in zlint) tools.push(openZlint(zlint.command));
  else skipped.push(`zlint: ${zlint.missing}`);
  const pkilint = await installPkilint();
  if ('command' in pkilint) {
    tools.push(openPkilint(pkilint.command), openPkilintChain(pkilint.command, directory));
  } else skipped.push(`pkilint: ${pkilint.missing}`);
  add('openssl', findMissing('openssl', ['version']), () => [
    openOpenssl(directory, 'openssl', null),
    openOpenssl(directory, 'openssl+CRL', 'lists'),
    openOpenssl(directory, 'openssl+complete CRL', 'completeLists'),
    openOpensslCrl(directory),
    openOpensslOcsp(directory),
  ]);
  add('GnuTLS', findMissing('certtool', ['--version']), () => [
    openCerttool(directory, 'certtool', null),
    openCerttool(directory, 'certtool+CRL', 'lists'),
    openCerttool(directory, 'certtool+complete CRL', 'completeLists'),
    openCerttoolCrl(directory),
  ]);
  add('ocsptool', findMissing('ocsptool', ['--version']), () => [openOcsptool()]);
  add('NSS', findMissing('vfychain', []) ?? findMissing('crlutil', []), () => [
    openNss(directory, 'NSS', false),
    openNss(directory, 'NSS+CRL', true),
  ]);
  add('Java', findMissing('javac', ['-version']), () => [
    openJava(directory, 'Java', 'none'),
    openJava(directory, 'Java+CRL', 'lists'),
    openJava(directory, 'Java+complete CRL', 'completeLists'),
    openJava(directory, 'Java+OCSP', 'ocsp'),
  ]);
  return { tools, skipped };
}

function findMissing(command: string, versionArgs: readonly string[]): string | null {
  return isInstalled(command, versionArgs) ? null : `${command} is not on this machine`;
}
