import { type ChildProcess, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startHub, type TestHub } from '../hub.ts';
import { end, firstLine, type InstalledMachine, installMachine, type MachineOptions } from './installed-machine.ts';
import { openSession, type SessionOptions, type UserSession } from './user-session.ts';

/** A managed machine with the packed program, its user at a desktop, and the organization's hub. */
export interface Place extends AsyncDisposable {
  machine: InstalledMachine;
  session: UserSession;
  hub: TestHub;
  /** The packed gateway as the system's service starts it: by the installed command line, as root. */
  startGateway(): Promise<ChildProcess>;
}

const CONFIG = ['--config', '/etc/portcullis/gateway.json'];

export interface PlaceOptions extends SessionOptions, MachineOptions {}

export async function openPlace(options: PlaceOptions): Promise<Place> {
  await using undo = new AsyncDisposableStack();
  const hub = await startHub();
  undo.defer(() => hub.stop());
  const machine = await installMachine(options);
  undo.defer(() => machine.stop());
  const settings = { hub: hub.url, policyKeys: await hub.policyKeys() };
  await writeFile(join(machine.managed, 'registry.json'), '{"allowedOrgs":["acme"]}');
  await writeFile(join(machine.managed, 'portcullis.json'), JSON.stringify(settings));
  const gateway = {
    stateDir: join(machine.folder, 'gateway'),
    control: '/run/portcullis/control.sock',
    dns: { engine: ['127.0.0.1:0'], workload: ['127.0.0.1:0'] },
    proxy: ['127.0.0.1:0'],
    upstreams: [],
    allowFrom: ['127.0.0.0/8'],
  };
  await writeFile(join(machine.managed, 'gateway.json'), JSON.stringify(gateway));
  const session = await openSession(machine, options);
  undo.defer(() => session.stop());
  const opened = undo.move();
  return {
    machine,
    session,
    hub,
    async startGateway() {
      const [file = '', ...args] = machine.asRoot(['/usr/bin/portcullis', 'gateway', 'run', ...CONFIG]);
      const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { PATH: process.env.PATH } });
      opened.defer(() => end(child, 'SIGKILL'));
      await firstLine(child, child.stdout);
      return child;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
