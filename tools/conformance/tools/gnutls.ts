import type { Tool } from '../findings.ts';
import type { CertificateObject, Purpose } from '../objects.ts';
import { writePem } from '../pem.ts';
import { tryRun } from '../run.ts';
import { openCertificateTool, openListTool } from './certificate-tool.ts';
import type { Lists } from './openssl.ts';
import type { Objection } from './verdict.ts';

const PURPOSES: Readonly<Record<Purpose, readonly string[]>> = {
  server: ['--verify-purpose', '1.3.6.1.5.5.7.3.1'],
  client: ['--verify-purpose', '1.3.6.1.5.5.7.3.2'],
  responder: ['--verify-purpose', '1.3.6.1.5.5.7.3.9'],
  any: [],
};

/** `certtool --verify`, with CRLs if `lists` names some. */
export function openCerttool(directory: string, name: string, lists: Lists | null): Tool {
  return openCertificateTool({
    name,
    judges: (object) => lists === null || object[lists].length > 0,
    asksRevocation: lists !== null,
    verify: (object) => verify(directory, object, lists),
  });
}

async function verify(
  directory: string,
  object: CertificateObject,
  lists: Lists | null,
): Promise<Objection> {
  const write = (name: string, blocks: readonly string[]) => writePem(directory, name, blocks);
  const { code, stdout, stderr } = await tryRun('certtool', [
    ...['--verify', ...PURPOSES[object.purpose]],
    ...['--load-ca-certificate', write('gnutls-root.pem', [object.rootPem])],
    ...(lists === null ? [] : ['--load-crl', write('gnutls-lists.pem', object[lists])]),
    ...['--infile', write('gnutls-chain.pem', [object.pem, ...object.intermediates])],
  ]);
  return code === 0 ? null : `${stdout}${stderr}`;
}

/** `certtool --verify-crl`: signature and times of each CRL. */
export function openCerttoolCrl(directory: string): Tool {
  return openListTool('certtool crl', async (object) => {
    const issuerPath = writePem(directory, 'gnutls-issuer.pem', [object.issuerPem]);
    const args = ['--verify-crl', '--load-ca-certificate', issuerPath, '--infile', object.path];
    const { code, stdout, stderr } = await tryRun('certtool', args);
    return code === 0 ? null : `${stdout}${stderr}`;
  });
}
