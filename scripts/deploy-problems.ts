export interface DeploySettings {
  readonly databaseId: string | undefined;
  readonly vars: Readonly<Record<string, unknown>>;
}

/** Returns what must still be set in wrangler.toml before a deployment, and how to set it. */
export function findDeployProblems({ databaseId, vars }: DeploySettings): string[] {
  const problems: string[] = [];
  if (!databaseId || /^[0-]*$/.test(databaseId)) {
    problems.push(`database_id is not set. Make the database once, and copy the id that it prints:

  npx wrangler login
  npx wrangler d1 create signet`);
  }
  for (const [name, wanted] of [
    [
      'PUBLICATION_URL',
      'http://, from which clients download the CRL; every certificate contains it',
    ],
    ['PUBLIC_URL', 'https://, the address of the API'],
  ] as const) {
    if (isLocal(vars[name])) {
      problems.push(`${name} points to this machine. Set it to the Worker's address (${wanted}).`);
    }
  }
  return problems;
}

function isLocal(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return true;
  return /^(localhost|127\..*|\[::1\])$/.test(new URL(value).hostname);
}
