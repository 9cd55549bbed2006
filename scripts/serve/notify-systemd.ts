import { spawn } from 'node:child_process';

/**
 * Tells systemd the state of a service of Type=notify. Node has no datagram socket for it, so
 * systemd's own program sends it: the unit needs NotifyAccess=all.
 */
export function notifySystemd(state: '--ready' | '--stopping' | '--reloading'): void {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const notifier = spawn('systemd-notify', [state], { stdio: 'ignore' });
  notifier.on('error', () => {});
}
