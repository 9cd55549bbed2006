import type { DevVars } from './dev-vars.ts';

export function describeAddresses(origin: string): string {
  return `
Signet is at     ${origin}
Root certificate ${origin}/ca/default.pem
Its API          ${origin}/api/docs/

To stop it, press Ctrl-C.
`;
}

/** Returns commands to paste that make a key, get a certificate for it and verify the certificate. */
export function describeFirstSteps(origin: string, curlConfig: string): string {
  return `
For a first certificate, in another terminal, in this directory:

  mkdir -p certs
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \\
    -keyout certs/localhost.key -out certs/localhost.csr
  curl -fsS ${origin}/ca/default.pem -o certs/root.pem
  curl -fsS -K ${quoteForShell(curlConfig)} --data-binary @certs/localhost.csr \\
    ${origin}/api/v1/certificates -o certs/localhost.pem
  openssl verify -CAfile certs/root.pem certs/localhost.pem

`;
}

function quoteForShell(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What was made, and what is missing, in the variables file. */
export function describeDevVars({ created, missing }: DevVars, file: string): string {
  const lines: string[] = [];
  if (created) lines.push(`Made new secrets: ${file} (only you can read it; keep it).`);
  if (missing.length > 0) {
    lines.push(
      `${file} has no ${missing.join(', ')}. Features that need it will not work. Add it by hand: npm start never changes this file.`,
    );
  }
  return lines.map((line) => `${line}\n`).join('');
}

/**
 * What keeps Signet from its work.
 * @param problem what the Worker logged about it; null if nothing was logged
 */
export function describeFailure(
  status: number,
  problem: string | null,
  devVars: string,
  storage: string,
): string {
  const lines = [
    `\nSignet answers, but it cannot do its work (/healthz answers ${status}):\n`,
    `  ${problem ?? 'see ca_server.log'}\n`,
  ];
  if (problem?.includes('does not belong to the certificate of authority')) {
    lines.push(
      `${storage} has the records of a CA with another key than ${devVars}. Restore the file of that CA, or remove ${storage} to start a new CA.\n`,
    );
  }
  return lines.join('\n');
}
