import type { Finding, Tool } from '../findings.ts';
import {
  type CertificateObject,
  type ConformanceObject,
  isCertificate,
  isList,
  type ListObject,
} from '../objects.ts';
import { compareVerdict, type Objection, reportObjection } from './verdict.ts';

export interface CertificateTool {
  readonly name: string;
  judges(object: CertificateObject): boolean;
  /** Whether it checks revocation. */
  readonly asksRevocation: boolean;
  verify(object: CertificateObject): Promise<Objection>;
}

/** Makes a tool that judges one chain at a time. */
export function openCertificateTool({
  name,
  judges,
  asksRevocation,
  verify,
}: CertificateTool): Tool {
  return {
    name,
    judges: (object) => isCertificate(object) && judges(object),
    check: (objects) =>
      collect(objects.filter(isCertificate), async (object) =>
        compareVerdict(name, object, await verify(object), asksRevocation),
      ),
  };
}

/** Makes a tool that judges one CRL at a time. */
export function openListTool(
  name: string,
  verify: (object: ListObject) => Promise<Objection>,
): Tool {
  return {
    name,
    judges: isList,
    check: (objects) =>
      collect(objects.filter(isList), async (object) =>
        reportObjection(name, object, await verify(object)),
      ),
  };
}

async function collect<T extends ConformanceObject>(
  objects: readonly T[],
  check: (object: T) => Promise<Finding[]>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const object of objects) findings.push(...(await check(object)));
  return findings;
}
