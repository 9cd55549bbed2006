import { join } from 'node:path';
import { findWorkerd } from './find-workerd.ts';
import type { Settings } from './settings.ts';
import { locateFiles } from './state-files.ts';
import type { TlsFiles } from './tls.ts';
import { controlSocket, formatConfig, type ProcessPlan, recordSocket } from './workerd-config.ts';
import {
  createWorkerdProcess,
  type WorkerdOptions,
  type WorkerdProcess,
} from './workerd-process.ts';

/** As in wrangler.toml. */
const COMPATIBILITY_DATE = '2026-08-03';

interface ProcessOptions extends Pick<WorkerdOptions, 'log' | 'listSockets' | 'noteChange'> {
  readonly plan: ProcessPlan;
  readonly settings: Settings;
  /** Directory of the build. */
  readonly dist: string;
  /** Returns the certificate of the public sockets, if there is one yet. */
  readonly readTls: () => TlsFiles | null;
}

/** Creates one of the processes of a state directory. It does not start it. */
export function createProcess(options: ProcessOptions): WorkerdProcess {
  const { plan, settings, dist, log, listSockets, readTls, noteChange } = options;
  const { worker } = settings;
  const files = locateFiles(settings.stateDirectory);
  const ownSocket = controlSocket(files.run, plan.name);
  return createWorkerdProcess({
    name: plan.name,
    program: findWorkerd(),
    configPath: join(files.run, `${plan.name}.capnp`),
    controlSocket: ownSocket,
    ownSockets: plan.ownsRecord ? [ownSocket, recordSocket(files.run)] : [ownSocket],
    listSockets,
    environment: worker,
    log,
    noteChange,
    formatConfig: () =>
      formatConfig({
        plan,
        directory: files.run,
        dist,
        recordDirectory: files.record,
        compatibilityDate: COMPATIBILITY_DATE,
        variables: Object.keys(worker),
        tls: readTls(),
        reachesPrivateNetworks: worker.ALLOW_PRIVATE_ADDRESSES === 'true',
        hasOwnResolver: worker.DOH_URL !== undefined,
      }),
  });
}
