import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { openInBrowser } from '../agent/open-in-browser.ts';
import { runCommandLine } from '../cli/run-command-line.ts';
import { agentSocket, demoFolder } from '../platform/fs/places.ts';
import { aborted } from '../platform/process/aborted.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { agentConfig, gatewayConfig, hubConfig, writeManagedConfiguration } from './configuration.ts';
import { type DemoFolder, openDemoFolder, type Ports } from './demo-folder.ts';
import { listenForKeys } from './keys.ts';
import { startOutside } from './outside/outside.ts';
import { printedLines } from './printed-lines.ts';
import { openPanel, refuseSecondDemo } from './running-agent.ts';
import { type DemoUser, demoSeed } from './seed.ts';
import { startTray } from './start-tray.ts';
import { startVm } from './start-vm.ts';
import { supervise } from './supervise.ts';
import { portcullisOf, tourOf } from './tour.ts';
import { tryItText } from './try-it.ts';

/**
 * `npm start`: hub, gateway, agent and panel on this machine until Ctrl-C. The demo plays every part: the organization's server,
 * the administrator who writes the managed configuration, and the developer. It needs no root and changes nothing outside its
 * folder, except with `--vm`.
 */
interface Options {
  folder: string;
  reset: boolean;
  vm: boolean;
  open: boolean;
  headless: boolean;
}

const HubReady = z.object({ url: z.url() });
const GatewayReady = z.object({
  listeners: z.object({
    dns: z.object({ engine: z.tuple([z.string()], z.string()) }),
    proxy: z.tuple([z.string()], z.string()),
  }),
});
const AgentReady = z.object({ panel: z.url() });

/** Pressed in the terminal of the demo. */
const DASHBOARD_KEY = 'd';

const program = new Command('npm start --')
  .description(
    'Try Portcullis on this machine: the server of an organization named acme, the gateway, the agent and the panel.',
  )
  .option('--folder <path>', 'data folder; use another one to run a second demo', demoFolder())
  .option('--reset', 'delete the data of earlier runs and begin again', false)
  .option('--vm', 'add a real Docker Engine in a network namespace (needs root on Linux with Docker installed)', false)
  .option('--headless', 'open the panel in a browser instead of starting the tray app', false)
  .option('--no-open', 'do not open the panel')
  .exitOverride()
  .action(run);

process.exitCode = await runCommandLine(() => program.parseAsync());

async function run(options: Options): Promise<void> {
  const stop = stopSignal();
  const socket = agentSocket(process.env, options.folder);
  const own = resolve(options.folder) === resolve(demoFolder()) ? null : { agentSocket: resolve(socket) };
  await refuseSecondDemo(socket, portcullisOf(own));
  const folder = await openDemoFolder(options.folder, options.reset);

  // Stopped in reverse order, whatever happens: the engine never runs without its gateway.
  await using running = new AsyncDisposableStack();

  say(printedLines.starting("acme's server"));
  const hub = await startProcess(running, 'hub', HubReady, await folder.writeConfig('hub.json', hubConfig(folder)));
  await writeManagedConfiguration(folder, hub.url);

  say(printedLines.starting('the two registries'));
  const outside = await startOutside(running, folder.path);
  if (options.vm) say(printedLines.starting('the VM'));
  const vm = options.vm ? await startVm(running) : null;
  const gatewayFile = await folder.writeConfig('gateway.json', gatewayConfig(folder, folder.ports, outside, vm));
  say(printedLines.starting('the gateway'));
  const { listeners } = await startProcess(running, 'gateway', GatewayReady, gatewayFile);
  const [dns] = listeners.dns.engine;
  const [proxy] = listeners.proxy;
  if (vm !== null) say(printedLines.starting('Docker Engine in the VM'));
  await vm?.startEngine(proxy, outside.caFile);

  const tour = tourOf({ own, proxy, caFile: outside.caFile, engineSocket: vm?.engine.socket ?? null });
  const shared = agentConfig(folder, socket, tour, vm);
  const panelUrl = (await startTrayApp(running, await folder.writeConfig('shell.json', shared), options, stop))
    ? null
    : await startAgent(running, await folder.writeConfig('agent.json', { ...shared, panelPort: folder.ports.panel }));

  // A process that restarts after a crash gets the address it had.
  const ports: Ports = {
    ...(vm === null
      ? { dns: portOf(dns), proxy: portOf(proxy) }
      : { dns: folder.ports.dns, proxy: folder.ports.proxy }),
    panel: panelUrl === null ? folder.ports.panel : portOf(new URL(panelUrl).host),
  };
  await folder.savePorts(ports);
  await folder.writeConfig('gateway.json', gatewayConfig(folder, ports, outside, vm));
  await folder.writeConfig('agent.json', { ...shared, panelPort: ports.panel });

  const dashboardUrl = `${hub.url}${DASHBOARD_PATH}`;
  const endKeys = listenForKeys(process.stdin, { [DASHBOARD_KEY]: () => void openDashboard(dashboardUrl) }, () =>
    process.emit('SIGINT'),
  );
  if (endKeys !== null) running.defer(endKeys);
  process.stdout.write(
    tryItText({
      folder: folder.path,
      own,
      hubUrl: hub.url,
      dashboardUrl,
      dashboardKey: endKeys === null ? null : DASHBOARD_KEY,
      users: await readUsers(folder),
      panel: panelUrl === null ? { kind: 'window' } : await openPanel(socket, options.open),
      dns,
      tour,
      isRealEngine: vm !== null,
    }),
  );
  await aborted(stop);
  say(printedLines.stopping());
}

/** Starts `portcullis NAME run --config FILE` and keeps it running. @returns what it prints when it is ready */
async function startProcess<T>(
  running: AsyncDisposableStack,
  name: 'hub' | 'gateway' | 'agent',
  ready: z.ZodType<T>,
  config: string,
): Promise<T> {
  const supervised = supervise({
    name,
    args: [join(import.meta.dirname, '..', 'cli', 'index.ts'), name, 'run', '--config', config],
    onEnded: (reason, restartInMs) => say(printedLines.processEnded(name, reason, restartInMs)),
    onRestarted: () => say(printedLines.processRestarted(name)),
  });
  running.defer(() => supervised.stop());
  return ready.parse(await supervised.ready);
}

/** @returns the address of its panel */
async function startAgent(running: AsyncDisposableStack, config: string): Promise<string> {
  say(printedLines.starting('the agent'));
  return (await startProcess(running, 'agent', AgentReady, config)).panel;
}

/** @returns false where there is no tray here, which is printed with its reason */
async function startTrayApp(
  running: AsyncDisposableStack,
  config: string,
  { headless, open }: Options,
  stop: AbortSignal,
): Promise<boolean> {
  if (headless) return false;
  const tray = await startTray({ config, showPanel: open, stop, say });
  if (tray.ok) running.defer(() => tray.value.stop());
  else say(printedLines.noTray(tray.problem));
  return tray.ok;
}

async function readUsers(folder: DemoFolder): Promise<DemoUser[]> {
  const passwords = z
    .record(z.string(), z.string())
    .parse(parseJson(await readFile(join(folder.hub, 'passwords.json'), 'utf8')));
  return demoSeed.users.map(({ username, organizations }) => ({
    username,
    role: organizations[0]?.role ?? 'member',
    password: passwords[username] ?? '',
  }));
}

async function openDashboard(url: string): Promise<void> {
  say((await openInBrowser(url)) ? printedLines.dashboardOpened() : printedLines.noBrowser(url));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
