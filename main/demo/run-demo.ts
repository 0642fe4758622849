import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { z } from 'zod';
import { PolicyKeys } from '../../shared/policy/keys.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { connectToAgent } from '../agent/transport/agent-socket.ts';
import { runCommandLine } from '../cli/run-command-line.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { agentSocket, demoFolder } from '../platform/fs/places.ts';
import { aborted } from '../platform/process/aborted.ts';
import { runCommand, runOrThrow } from '../platform/process/run-command.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { systemClock } from '../platform/time/clock.ts';
import { type DemoFolder, openDemoFolder } from './demo-folder.ts';
import { whyNoElectron } from './electron-here.ts';
import { installElectron } from './install-electron.ts';
import { type DemoUser, demoSeed } from './seed.ts';
import { type ElectronStart, startElectron } from './start-electron.ts';
import { supervise } from './supervise.ts';
import { portcullisOf, type TryIt, tryItText } from './try-it.ts';

/**
 * `npm start`: hub, gateway, agent and panel on this machine, kept running until Ctrl-C. The demo plays every part: the
 * organization's server, the administrator who writes the managed configuration, and the developer. It needs no root and touches
 * nothing outside its folder, but for `--vm`.
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

const program = new Command('npm start --')
  .description(
    'Try Portcullis on this machine: the server of acme, the gateway, the agent and the panel, until Ctrl-C.',
  )
  .option('--folder <path>', 'where everything is kept', demoFolder())
  .option('--reset', 'forget what an earlier demo kept', false)
  .option('--vm', 'add a real Docker Engine in a network namespace (root on Linux with Docker installed)', false)
  .option('--headless', 'the panel in a browser, even where Electron could show a tray', false)
  .option('--no-open', 'do not open the panel in a browser')
  .exitOverride()
  .action(run);

process.exitCode = await runCommandLine(() => program.parseAsync());

async function run(options: Options): Promise<void> {
  const stop = stopSignal();
  const socket = agentSocket(process.env, options.folder);
  const own = resolve(options.folder) === resolve(demoFolder()) ? null : { agentSocket: resolve(socket) };
  await refuseSecondDemo(socket, portcullisOf(own));
  const folder = await openDemoFolder(options.folder, options.reset);

  // Taken down in the opposite order, whatever happens: the engine never runs without its gateway.
  await using parts = new AsyncDisposableStack();
  const keep = async <T>(name: string, args: string[], ready: z.ZodType<T>): Promise<T> => {
    const supervised = supervise({
      name,
      args: [join(import.meta.dirname, '..', args[0] ?? ''), ...args.slice(1)],
      onEnded: (how, again) => say(`${how}; it is started again in ${again} ms. Nothing is loosened meanwhile.`),
      onRestarted: () => say(`The ${name} runs again.`),
    });
    parts.defer(() => supervised.stop());
    return ready.parse(await supervised.ready);
  };

  const hubConfig = await folder.writeConfig('hub.json', {
    dataDir: folder.hub,
    seed: demoSeed,
    log: join(folder.hub, 'hub.log'),
  });
  const { url: hubUrl } = await keep('hub', ['cli/index.ts', 'hub', 'run', '--config', hubConfig], HubReady);
  await writeManagedConfiguration(folder, hubUrl);

  const control = join(folder.run, 'control.sock');
  const vm = options.vm ? await createVm(parts) : null;
  const gatewaySettings = (dns: number, proxy: number): object => ({
    stateDir: folder.gateway,
    control,
    managedConfig: { folder: folder.managed },
    log: join(folder.gateway, 'gateway.log'),
    ...(vm?.gateway ?? {
      dns: { engine: [`127.0.0.1:${dns}`] },
      proxy: [`127.0.0.1:${proxy}`],
      allowFrom: ['127.0.0.0/8'],
    }),
  });
  const { dns, proxy } = folder.ports;
  const gatewayConfig = await folder.writeConfig('gateway.json', gatewaySettings(dns, proxy));
  const { listeners } = await keep(
    'gateway',
    ['cli/index.ts', 'gateway', 'run', '--config', gatewayConfig],
    GatewayReady,
  );
  const [dnsAddress] = listeners.dns.engine;
  const [proxyAddress] = listeners.proxy;
  await vm?.start(proxyAddress);

  const agentSettings = (panelPort?: number): object => ({
    stateDir: folder.agent,
    socket,
    gatewayControl: control,
    managedConfig: { folder: folder.managed },
    engine: vm?.engine ?? { kind: 'demo' },
    ...(panelPort === undefined ? {} : { panelPort }),
    secretFile: join(folder.agent, 'refresh-token.json'),
    log: join(folder.agent, 'agent.log'),
  });
  const agentConfig = await folder.writeConfig('agent.json', agentSettings(folder.ports.panel));
  const tray = await startTray(options, await folder.writeConfig('shell.json', agentSettings()), stop);
  if (tray.ok) parts.defer(() => tray.supervised.stop());
  else say(`Without Electron, because ${tray.because}: the panel opens in a browser.`);
  const panel = tray.ok
    ? null
    : (await keep('agent', ['cli/index.ts', 'agent', 'run', '--config', agentConfig], AgentReady)).panel;

  // Whoever comes back after a crash comes back at the address it had.
  const chosen = {
    ...(vm === null ? { dns: portOf(dnsAddress), proxy: portOf(proxyAddress) } : { dns, proxy }),
    panel: panel === null ? folder.ports.panel : portOf(new URL(panel).host),
  };
  await folder.savePorts(chosen);
  await folder.writeConfig('gateway.json', gatewaySettings(chosen.dns, chosen.proxy));
  await folder.writeConfig('agent.json', agentSettings(chosen.panel));
  process.stdout.write(
    tryItText({
      folder: folder.path,
      own,
      hubUrl,
      users: await readUsers(folder),
      panel: panel === null ? { kind: 'window' } : await openPanel(socket, options.open),
      dns: dnsAddress,
      proxy: proxyAddress,
      engineSocket: vm?.engine.socket ?? null,
    }),
  );
  await aborted(stop);
  say('Stopping.');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The hub's port is taken, the state is shared: two demos in one folder would only confuse each other. */
async function refuseSecondDemo(socket: string, portcullis: string): Promise<void> {
  const connection = await connectToAgent(socket).catch(() => null);
  if (connection === null) return;
  connection.close();
  throw new ProblemError({
    code: 'demo-running',
    message: 'The demo is already running in this folder.',
    cause: `${socket} answers`,
    next: `Open its panel with "${portcullis} open", or end it with Ctrl-C where it runs; another --folder runs another.`,
  });
}

/** What an administrator would deploy: sign-in is enforced for acme, and the keys that sign its policy are pinned. */
async function writeManagedConfiguration(folder: DemoFolder, hubUrl: string): Promise<void> {
  const answer = await fetch(new URL('/v1/policy-keys', hubUrl));
  const policyKeys = PolicyKeys.parse(await answer.json());
  const settings = { hub: hubUrl, policyKeys };
  await writeFileAtomic(join(folder.managed, 'portcullis.json'), `${JSON.stringify(settings, null, 2)}\n`);
  await writeFileAtomic(join(folder.managed, 'registry.json'), '{"allowedOrgs":["acme"]}\n');
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

/** Electron's tray instead of the headless agent, where that works: the same agent on the same folder. */
function startTray(options: Options, config: string, stop: AbortSignal): Promise<ElectronStart> {
  const { uid, platform, env } = { uid: process.getuid?.(), platform: process.platform, env: process.env };
  const root = join(import.meta.dirname, '..', '..');
  return startElectron({
    whyNot: whyNoElectron({ headless: options.headless, uid, platform, env }),
    install: () =>
      installElectron({
        folder: join(root, 'node_modules', 'electron'),
        env,
        clock: systemClock,
        signal: stop,
        onFetch: () => say('Fetching Electron, once; this can take minutes.'),
      }),
    build: async () => {
      const vite = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
      await runOrThrow(runCommand, [process.execPath, vite, 'build', '--logLevel', 'warn'], { cwd: root });
    },
    args: [root, '--config', config, ...(options.open ? [] : ['--hidden'])],
    env,
    say,
  });
}

/** Opens a browser, or gives the address to open by hand. */
async function openPanel(socket: string, open: boolean): Promise<TryIt['panel']> {
  const { client, close } = await connectToAgent(socket);
  try {
    if (open) {
      const opened = await client.call('panel.open', { print: false }).then(
        () => true,
        () => false,
      );
      if (opened) return { kind: 'browser' };
    }
    const { url } = await client.call('panel.open', { print: true });
    return url === null ? { kind: 'browser' } : { kind: 'address', url };
  } finally {
    close();
  }
}

interface DemoVm {
  /** Where the gateway listens, in the words of its configuration. */
  gateway: { dns: { engine: string[]; workload: string[] }; proxy: string[]; allowFrom: string[] };
  engine: { kind: 'vm'; socket: string };
  start(proxy: string): Promise<void>;
}

/** @throws ProblemError where this is not root on Linux, or Docker is not installed. */
async function createVm(parts: AsyncDisposableStack): Promise<DemoVm> {
  const { createVm: create } = await import('./vm/vm.ts');
  const vm = await create({ hostOctets: [3] });
  parts.defer(() => vm.destroy());
  return {
    gateway: {
      dns: { engine: [`${vm.gatewayAddress}:53`], workload: [`${vm.address(3)}:53`] },
      proxy: [`${vm.gatewayAddress}:3128`],
      allowFrom: [`${vm.network.subnet}.0/24`],
    },
    engine: { kind: 'vm', socket: `unix://${vm.dockerSocket}` },
    start: (proxy) => vm.startEngine({ proxy: `http://${proxy}`, containerDns: vm.address(3) }),
  };
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
