import { caveatsEn } from '../../../shared/messages/en/caveats.ts';
import type { Caveat, CaveatCode } from '../../../shared/schemas/caveat.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import { engineKinds } from '../../../shared/state/engine-kinds.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { pullsByItself } from './machine/builders.ts';
import { goingPastTheProxy } from './machine/engine-settings.ts';
import { kernelBand } from './machine/kernel-band.ts';
import type { MachineFacts } from './machine/machine-facts.ts';

/** What decides which caveats apply. */
export interface CaveatFacts {
  platform: NodeJS.Platform;
  engine: EngineState;
  /** null while the engine has not said. */
  proxyInUse: boolean | null;
  /** What root's audit found of the attached engines; undefined while the gateway is away. */
  attachment: AttachmentStatus | null | undefined;
  /** Does an administrator require sign-in here? */
  signInEnforced: boolean;
  /** Where the filter answers DNS; null while it is not connected. */
  filterResolvers: readonly string[] | null;
  /** null until the machine has been inspected. */
  machine: MachineFacts | null;
}

type Finding = Pick<Caveat, 'applies' | 'foundBy' | 'details'>;

/** As many as a person reads. */
const MAX_DETAILS = 10;

/** Applies to every machine. */
const ALWAYS: Finding = { applies: 'yes', foundBy: null, details: [] };

/**
 * The limits of a filter by host name, the most important first. What could not be checked on this machine is `unknown`, never
 * left out.
 */
export function caveatsOf(facts: CaveatFacts): Caveat[] {
  const { engine, machine } = facts;
  const { isAttached, isGuest } = engineKinds[engine.kind];
  const byEngine = `engine: ${engine.kind}`;
  return [
    warning('engine-socket', found(isAttached, byEngine)),
    warning('guest-root', found(isGuest, byEngine)),
    warning('sign-out', found(!facts.signInEnforced, 'registry.json')),
    warning('attachment-weakened', weakened(facts)),
    warning('second-engine', secondEngine(facts)),
    warning('other-builders', otherBuilders(machine)),
    warning('host-tools', ALWAYS),
    warning('hosts-file', hostsFile(machine)),
    warning('engine-no-proxy', noProxy(facts)),
    warning('engine-dns', engineDns(facts)),
    warning('registry-mirrors', mirrors(machine)),
    warning('daemon-settings', daemonSettings(machine)),
    info('cli-proxies', cliProxies(machine)),
    warning('loopback-registries', ALWAYS),
    warning('hosts-not-addresses', ALWAYS),
    warning('hidden-names', ALWAYS),
    ...wsl(facts),
    warning('wsl-containers', wslContainers(facts)),
    ...windows(facts),
    info('container-dns', ALWAYS),
    info('push-and-pull', ALWAYS),
    info('add-url', ALWAYS),
    info('storage-hosts', ALWAYS),
    info('local-images', ALWAYS),
    info('dns-ports', facts.proxyInUse === null ? unknown('docker info') : found(!facts.proxyInUse, 'docker info')),
  ];
}

function weakened({ attachment }: CaveatFacts): Finding {
  const foundBy = 'portcullis engine audit';
  if (attachment === null) return found(false, foundBy);
  if (attachment?.kind !== 'audited') return unknown(foundBy);
  return list(
    attachment.findings
      .filter(({ severity }) => severity === 'weakened')
      .map(({ problem: { code, args = {}, cause } }) =>
        [code, ...Object.values(args).flat(), ...(cause === undefined ? [] : [cause])].join(' '),
      ),
    foundBy,
  );
}

function secondEngine({ engine, machine }: CaveatFacts): Finding {
  if (machine === null) return unknown('docker context ls');
  const contexts = (machine.contexts ?? [])
    .filter(
      ({ endpoint }) => endpoint !== engine.socket && !machine.otherSockets.some((path) => endpoint.endsWith(path)),
    )
    .map(({ name, endpoint }) => `${name}: ${endpoint}`);
  // The default context is listed whether or not an engine is there.
  return list(
    [...machine.otherSockets, ...contexts.filter((context) => !/^default: (unix|npipe):/.test(context))],
    machine.contexts === null ? '/var/run/docker.sock' : 'docker context ls',
  );
}

function otherBuilders(machine: MachineFacts | null): Finding {
  const foundBy = 'docker buildx ls';
  if (machine === null || machine.builders === null) return unknown(foundBy);
  return list(
    machine.builders.filter(pullsByItself).map(({ name, driver }) => `${name} (${driver})`),
    foundBy,
  );
}

function hostsFile(machine: MachineFacts | null): Finding {
  if (machine === null || machine.hostsEntries === null) return unknown(machine?.hostsFile ?? '/etc/hosts');
  return list(
    machine.hostsEntries.map(({ line, address, name }) => `${line}: ${address} ${name}`),
    machine.hostsFile,
  );
}

function noProxy({ engine, machine }: CaveatFacts): Finding {
  if (!engineKinds[engine.kind].isAttached) return found(false, `engine: ${engine.kind}`);
  if (machine === null || machine.engine === null) return unknown('docker info');
  return list(goingPastTheProxy(machine.engine.NoProxy), 'docker info');
}

function ifDaemon(
  machine: MachineFacts | null,
  of: (daemon: { dns: string[]; mirrors: string[] }) => string[],
): Finding {
  const foundBy = machine?.daemonFile ?? 'daemon.json';
  if (machine === null || machine.daemon === null || machine.daemon === 'invalid') return unknown(foundBy);
  return list(machine.daemon === 'absent' ? [] : of(machine.daemon), foundBy);
}

/** The filter's own addresses belong there: they give containers the view for workloads. */
function engineDns({ machine, filterResolvers }: CaveatFacts): Finding {
  const finding = ifDaemon(machine, ({ dns }) => dns.filter((address) => !filterResolvers?.includes(address)));
  return finding.applies === 'yes' && filterResolvers === null ? unknown(finding.foundBy ?? '') : finding;
}

function mirrors(machine: MachineFacts | null): Finding {
  const configured = machine?.engine?.RegistryConfig?.Mirrors;
  return configured ? list(configured, 'docker info') : ifDaemon(machine, (daemon) => daemon.mirrors);
}

function daemonSettings(machine: MachineFacts | null): Finding {
  const foundBy = machine?.daemonFile ?? 'daemon.json';
  return machine === null || machine.daemon === null ? unknown(foundBy) : found(machine.daemon === 'invalid', foundBy);
}

function cliProxies(machine: MachineFacts | null): Finding {
  const foundBy = machine?.configFile ?? 'config.json';
  return machine === null || machine.containerProxies === null
    ? unknown(foundBy)
    : list(machine.containerProxies, foundBy);
}

function wsl({ engine, machine }: CaveatFacts): Caveat[] {
  const facts = machine?.wsl ?? null;
  const concerned = facts !== null || engine.kind === 'wsl';
  const band = facts?.kernel ? kernelBand(facts.kernel) : null;
  const foundBy = facts?.foundBy ?? `engine: ${engine.kind}`;
  const finding = (wanted: typeof band): Finding => {
    if (!concerned) return { applies: 'no', foundBy, details: [] };
    if (band === null) return unknown(foundBy);
    const details = [facts?.kernel ?? '', ...(facts?.distributions ?? [])].filter((detail) => detail !== '');
    return { applies: band === wanted ? 'yes' : 'no', foundBy, details: cut(details) };
  };
  return [
    warning('wsl-kernel-old', finding('old')),
    info('wsl-distributions', finding('all-distributions')),
    info('wsl-kernel-new', finding('own-distribution')),
  ];
}

/** WSL's own list for them is no filter of ours, so its limits hold where it is there too. */
function wslContainers({ platform, machine }: CaveatFacts): Finding {
  const foundBy = 'WSLContainerRegistryAllowlist';
  if (platform !== 'win32') return found(false, `platform: ${platform}`);
  const policy = machine?.wslContainers ?? null;
  if (policy === null) return unknown(foundBy);
  if (policy.kind === 'forbidden') return found(false, 'AllowWSLContainer');
  return policy.kind === 'listed' ? list(policy.registries, foundBy) : found(true, foundBy);
}

function windows({ platform, machine }: CaveatFacts): Caveat[] {
  const self = machine?.engine ?? null;
  if (self === null) {
    const finding = platform === 'win32' ? unknown('docker info') : found(false, `platform: ${platform}`);
    return [warning('windows-containers', finding), warning('hyperv-containers', finding)];
  }
  const isWindows = self.OSType === 'windows';
  return [
    warning('windows-containers', found(isWindows, 'docker info')),
    warning('hyperv-containers', found(isWindows && self.Isolation === 'hyperv', 'docker info')),
  ];
}

function found(holds: boolean, foundBy: string): Finding {
  return { applies: holds ? 'yes' : 'no', foundBy, details: [] };
}

function list(details: string[], foundBy: string): Finding {
  return { applies: details.length > 0 ? 'yes' : 'no', foundBy, details: cut(details) };
}

function unknown(foundBy: string): Finding {
  return { applies: 'unknown', foundBy, details: [] };
}

function cut(details: string[]): string[] {
  const shown = details.slice(0, MAX_DETAILS).map((detail) => detail.slice(0, 200));
  return details.length > MAX_DETAILS ? [...shown, `+ ${details.length - MAX_DETAILS}`] : shown;
}

function warning(code: CaveatCode, finding: Finding): Caveat {
  return { code, severity: 'warning', ...caveatsEn[code], ...finding };
}

function info(code: CaveatCode, finding: Finding): Caveat {
  return { code, severity: 'info', ...caveatsEn[code], ...finding };
}
