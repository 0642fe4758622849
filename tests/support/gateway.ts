import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { GATEWAY_NODE_OPTIONS } from '../../build/program/node-options.ts';
import { connectRpc, type RpcClient } from '../../main/platform/net/json-rpc.ts';
import { parseSocketAddress } from '../../main/platform/net/socket-address.ts';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import type { PolicyClaims } from '../../shared/policy/schema.ts';
import type { View } from '../../shared/reasons.ts';
import {
  type ControlResult,
  controlEvents,
  controlMethods,
  type GatewayConfig,
  type GatewayStatus,
  MAX_CONTROL_LINE,
} from '../../shared/schemas/control-schema.ts';
import { endingWithUs } from './background-process.ts';
import { CLI } from './command-line.ts';
import { type AskOptions, ask, type DnsAnswer } from './dns-client.ts';
import { createPolicySigner, type PolicySigner } from './policy-signer.ts';

export type ControlClient = RpcClient<typeof controlMethods, typeof controlEvents>;

export interface TestGatewayOptions {
  /** `registry.json`: organizations, raw text, or null for a machine that nobody manages. `acme` if not given. */
  registry?: string[] | string | null;
  /** `portcullis.json` beside `policyKeys`; null for no such file. The signer's key is pinned if not given. */
  settings?: Record<string, unknown> | null;
  /** Addresses of upstream resolvers; none if not given. */
  upstreams?: string[];
  /** Anything else of its configuration. */
  config?: Partial<z.input<typeof GatewayConfig>>;
  /** The command that runs it, in a namespace for one. */
  within?: (command: string[]) => string[];
  /** Descriptors that it inherits, from 3 on, at each start. */
  inherits?: () => readonly number[];
  /** The servers of the test on this machine's outside address are the gateway's own; of another machine if not given. */
  isSameMachine?: boolean;
  /** Shared with others, such as a hub; a new one if not given. */
  signer?: PolicySigner;
}

export interface TestGateway {
  signer: PolicySigner;
  /** A temporary folder, removed by `stop`; `managed`, `state` and `run` lie in it. */
  folder: string;
  managedFolder: string;
  stateDir: string;
  controlPath: string;
  configFile: string;
  pid: number;
  /** A connection to its control socket, opened anew after each start. */
  control: ControlClient;
  /** What it wrote to standard error so far: its log. */
  log(): string;
  status(): Promise<GatewayStatus>;
  /** One question to the first listener of the view, `engine` if not given. */
  query(name: string, options?: AskOptions & { view?: View }): Promise<DnsAnswer>;
  /** `CONNECT host:port` at the proxy. The socket stays open for `200`, and is at its end otherwise. */
  connect(target: string, headers?: string[]): Promise<ProxyAnswer & { socket: Socket }>;
  /** Puts documents into files and programs them. */
  program(claims?: Partial<PolicyClaims>): Promise<ControlResult<'program'>>;
  programFiles(
    policy: string | Uint8Array,
    membership: string | null,
    firstUseKeys?: PolicyKeys,
  ): Promise<ControlResult<'program'>>;
  /** Programs documents as part of the message, as an agent does that holds short ones. */
  programTexts(policy: string, membership: string | null): Promise<ControlResult<'program'>>;
  writeManaged(file: 'registry.json' | 'portcullis.json', content: string | null): Promise<void>;
  /** Another connection to the control socket. */
  openControl(): Promise<ControlClient>;
  /** Ends the process; its folder stays. */
  halt(signal?: NodeJS.Signals): Promise<void>;
  /** Again on the same folder and, unless told otherwise, the same ports. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface ProxyAnswer {
  status: number;
  phrase: string;
  headers: string;
  /** Complete where the answer is an error. */
  body: string;
}

const ANOTHER_MACHINE = join(import.meta.dirname, 'another-machine.ts');

/** An address of this machine that is not loopback: the proxy refuses to tunnel to itself. null where there is none. */
export function outsideAddress(): string | null {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address;
  }
  return null;
}

/** The real gateway as a process of its own, on free ports of loopback and a folder of its own. */
export async function startGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const elsewhere = options.isSameMachine ? [] : ['--import', ANOTHER_MACHINE];
  const within = options.within ?? ((command) => command);
  const signer = options.signer ?? (await createPolicySigner());
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-gw-'));
  const managedFolder = join(folder, 'managed');
  const runFolder = join(folder, 'run');
  const configFile = join(folder, 'gateway.json');
  await mkdir(managedFolder, { mode: 0o755 });
  await mkdir(runFolder, { mode: 0o755 });
  await chmod(folder, 0o755);
  const registry = options.registry === undefined ? ['acme'] : options.registry;
  const settings = options.settings === undefined ? { policyKeys: { keys: [signer.publicKey] } } : options.settings;
  const config: z.input<typeof GatewayConfig> = {
    stateDir: join(folder, 'state'),
    control: join(runFolder, 'control.sock'),
    dns: { engine: ['127.0.0.1:0'], workload: ['127.0.0.1:0'] },
    proxy: ['127.0.0.1:0'],
    upstreams: options.upstreams ?? [],
    allowFrom: ['127.0.0.0/8'],
    managedConfig: { folder: managedFolder },
    ...options.config,
  };
  await writeFile(configFile, JSON.stringify(config));

  let child: ChildProcess | undefined;
  let log = '';
  let documents = 0;
  const gateway: TestGateway = {
    signer,
    folder,
    managedFolder,
    stateDir: config.stateDir,
    controlPath: config.control,
    configFile,
    pid: 0,
    control: undefined as unknown as ControlClient,
    log: () => log,
    status: () => gateway.control.call('status', {}),
    async query(name, { view = 'engine', ...asked } = {}) {
      const [server = ''] = (await gateway.status()).listeners.dns[view];
      return ask(server, name, asked);
    },
    async connect(target, headers = []) {
      const [proxy = ''] = (await gateway.status()).listeners.proxy;
      const socket = connect(parseSocketAddress(proxy));
      socket.write(
        `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`,
      );
      return { socket, ...(await readProxyAnswer(socket)) };
    },
    async program(claims) {
      return gateway.programFiles(await signer.policy(claims), await signer.membership({ org: claims?.org ?? 'acme' }));
    },
    async programFiles(policy, membership, firstUseKeys) {
      documents += 1;
      const policyFile = join(folder, `policy-${documents}.jws`);
      const membershipFile = membership === null ? null : join(folder, `membership-${documents}.jws`);
      await writeFile(policyFile, policy);
      if (membershipFile !== null) await writeFile(membershipFile, membership ?? '');
      return gateway.control.call('program', { policyFile, membershipFile, ...(firstUseKeys ? { firstUseKeys } : {}) });
    },
    programTexts: (policy, membership) =>
      gateway.control.call('program', {
        ...{ policyFile: '/nowhere', policy },
        ...(membership === null ? { membershipFile: null } : { membershipFile: '/nowhere', membership }),
      }),
    async writeManaged(file, content) {
      const path = join(managedFolder, file);
      if (content === null) await rm(path, { force: true });
      else await writeFile(path, content, { mode: 0o644 });
    },
    async openControl() {
      const socket = connect(config.control);
      await once(socket, 'connect');
      return connectRpc(socket, controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    },
    async halt(signal = 'SIGTERM') {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
    async start() {
      const [file, ...args] = endingWithUs(
        within([
          process.execPath,
          ...GATEWAY_NODE_OPTIONS,
          ...elsewhere,
          CLI,
          'gateway',
          'run',
          '--config',
          configFile,
        ]),
      );
      child = spawn(file, args, {
        stdio: ['ignore', 'pipe', 'pipe', ...(options.inherits?.() ?? [])],
      });
      const started = child;
      started.stderr?.on('data', (chunk) => {
        log += chunk;
      });
      const exited = once(started, 'exit').then(([code, signal]) => {
        throw new Error(`the gateway exited (${code ?? signal}) before it served:\n${log}`);
      });
      if (!started.stdout) throw new Error('no standard output');
      const [line] = (await Promise.race([once(createInterface(started.stdout), 'line'), exited])) as [string];
      exited.catch(() => undefined);
      const ready = JSON.parse(line) as { ready: boolean; pid: number };
      if (!ready.ready) throw new Error(`not ready: ${line}`);
      gateway.pid = ready.pid;
      gateway.control = await gateway.openControl();
    },
    async stop() {
      await gateway.halt('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
  try {
    if (registry !== null) {
      const text = typeof registry === 'string' ? registry : JSON.stringify({ allowedOrgs: registry });
      await gateway.writeManaged('registry.json', text);
    }
    if (settings !== null) await gateway.writeManaged('portcullis.json', JSON.stringify(settings));
    await gateway.start();
  } catch (error) {
    await gateway.stop();
    throw error;
  }
  return gateway;
}

/** Reads a proxy's answer to its head, and to its end where it is none of the 200s. */
export async function readProxyAnswer(socket: Socket): Promise<ProxyAnswer> {
  let text = '';
  for (;;) {
    const [chunk] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [null])])) as [
      Buffer | null,
    ];
    if (chunk !== null) text += chunk.toString('latin1');
    const head = text.indexOf('\r\n\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
    if (chunk !== null && (head === -1 || status >= 300)) continue;
    return {
      status,
      phrase: /^HTTP\/1\.1 \d{3} (.*)\r\n/.exec(text)?.[1] ?? '',
      headers: text.slice(0, head),
      body: text.slice(head + 4),
    };
  }
}
