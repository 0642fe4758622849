import { dirname, join } from 'node:path/posix';
import { DIRECT_PROBE_SUFFIX } from '../../shared/probe-names.ts';
import { ATTACHMENT_FILE, type EngineId } from '../../shared/schemas/attachment.ts';
import { formatSocketAddress } from '../platform/net/socket-address.ts';
import { shellQuoted } from '../platform/process/shell-quoted.ts';
import { GUARD_SCRIPT } from './guard-script.ts';
import {
  ATTACHMENT_FOLDER,
  AUDIT_FOLDER,
  AUDIT_PATH,
  AUDIT_TIMER,
  AUDIT_UNIT,
  DROP_IN,
  GATEWAY_UNIT,
  GUARD_UNIT,
  HEAD,
} from './names.ts';
import type { AttachmentRecord } from './record.ts';
import { guardRules, type MachineDns } from './rules.ts';

export interface DesiredFile {
  readonly path: string;
  readonly content: string;
  readonly mode: number;
}

const UNITS = '/etc/systemd/system';
const GUARD = join(ATTACHMENT_FOLDER, 'guard.sh');

/** The system service of an engine that the wall can hold. Those that pull as the user who calls them have none. */
export const ENGINE_UNITS: Partial<Record<EngineId, string>> = {
  docker: 'docker.service',
  containerd: 'containerd.service',
  podman: 'podman.service',
  buildkit: 'buildkit.service',
};

/** Those of the record's engines, in the order in which they have to be restarted: what others use first. */
export function unitsOf(engines: readonly EngineId[]): string[] {
  return (['containerd', 'docker', 'podman', 'buildkit'] as const)
    .filter((id) => engines.includes(id))
    .map((id) => ENGINE_UNITS[id] ?? '');
}

/**
 * The environment that an engine is to run with. Go's own resolver, because systemd-resolved would ask from outside the wall. Only the
 * nftables wall leads the engine's own questions to the engine view, so only behind that wall is one name looked up past the proxy, by
 * which the agent checks it: elsewhere the gateway would not see it, which looks like a way past.
 */
export function engineEnvironment({
  gateway,
  wall,
}: Pick<AttachmentRecord, 'gateway' | 'wall'>): Record<string, string> {
  const proxy = `http://${formatSocketAddress(gateway.proxy)}`;
  const direct = `.${DIRECT_PROBE_SUFFIX}`;
  return {
    ...{ HTTPS_PROXY: proxy, HTTP_PROXY: proxy, https_proxy: proxy, http_proxy: proxy },
    ...(wall === 'nftables' ? { NO_PROXY: direct, no_proxy: direct } : {}),
    GODEBUG: 'netdns=go',
  };
}

/** What the guard is made from, on this machine or in a guest. */
export interface GuardOptions
  extends Pick<AttachmentRecord, 'engines' | 'local' | 'wall' | 'addresses' | 'gateway' | 'allow'> {
  readonly machineDns: MachineDns;
  /** Does an audit follow each start of an engine? */
  readonly audited: boolean;
}

/** Everything that an attachment consists of, but its record. Pure, so that `plan`, `attach` and `audit` speak of the same. */
export function attachmentFiles(record: AttachmentRecord): DesiredFile[] {
  const files = guardFiles({ ...record, audited: true });
  return [...files, ...auditFiles(record, files)];
}

/** The guard itself: rules, the script that loads them, units, and what the engines are told. Needs none of our programs. */
export function guardFiles(options: GuardOptions): DesiredFile[] {
  const { engines, local, wall, machineDns, addresses, gateway, allow, audited } = options;
  const units = unitsOf(engines);
  const dropIn = (unit: string, lines: readonly string[], folder = UNITS): DesiredFile =>
    text(join(folder, `${unit}.d`, DROP_IN), [HEAD, ...lines]);
  const environment = `Environment=${Object.entries(engineEnvironment(options))
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')}`;
  const gatewayUnits = [GUARD_UNIT, ...(local ? [GATEWAY_UNIT] : [])].join(' ');

  const files: DesiredFile[] = [
    { path: GUARD, content: GUARD_SCRIPT, mode: 0o755 },
    text(join(ATTACHMENT_FOLDER, 'units'), units),
    text(join(ATTACHMENT_FOLDER, 'addresses'), addresses),
    {
      path: join(ATTACHMENT_FOLDER, 'guard.nft'),
      content: guardRules({ gateway, local, byControlGroup: wall === 'nftables', machineDns, allow }),
      mode: 0o644,
    },
    text(join(UNITS, GUARD_UNIT), [
      HEAD,
      '[Unit]',
      'Description=Portcullis: the wall around the container engine',
      'DefaultDependencies=no',
      'After=local-fs.target nftables.service',
      ['Before=network-pre.target', ...(local ? [GATEWAY_UNIT] : []), ...units].join(' '),
      'Wants=network-pre.target',
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      `ExecStart=/bin/sh ${GUARD} load`,
      `ExecReload=/bin/sh ${GUARD} load`,
      '',
      '[Install]',
      'WantedBy=sysinit.target',
    ]),
    ...units.map((unit) =>
      dropIn(unit, [
        '[Unit]',
        `Wants=${gatewayUnits}`,
        `After=${gatewayUnits}`,
        '[Service]',
        environment,
        // A failure keeps the engine from starting: it would run without its wall.
        ...(wall === 'nftables' ? [`ExecStartPre=+/bin/sh ${GUARD} enter`] : filteredBySystemd(options)),
        ...(audited ? [`ExecStartPost=-+/bin/systemctl start --no-block ${AUDIT_UNIT}`] : []),
      ]),
    ),
    ...(local ? [dropIn(GATEWAY_UNIT, ['[Unit]', `Wants=${GUARD_UNIT}`, `After=${GUARD_UNIT}`])] : []),
    // Its start, reload and stop each flush all rules of the machine.
    dropIn('nftables.service', [
      '[Service]',
      `ExecStartPost=+/bin/sh ${GUARD} load`,
      `ExecReload=+/bin/sh ${GUARD} load`,
      `ExecStopPost=+/bin/sh ${GUARD} load`,
    ]),
  ];
  if (engines.includes('docker-rootless')) {
    files.push(dropIn('docker.service', ['[Service]', environment], '/etc/systemd/user'));
  }
  if (engines.includes('podman')) files.push(containersConf(options));
  return files;
}

/** podman(1) reads it for each command, so it counts for whoever does not undo it: a guard rail. */
function containersConf(options: Pick<GuardOptions, 'gateway' | 'wall'>): DesiredFile {
  const environment = Object.entries(engineEnvironment(options)).map(([name, value]) => `"${name}=${value}"`);
  return text('/etc/containers/containers.conf.d/50-portcullis.conf', [
    HEAD,
    '[engine]',
    `env = [${environment.join(', ')}]`,
    '# The proxy is for pulls; containers keep their own way out.',
    '[containers]',
    'http_proxy = false',
  ]);
}

/** systemd.resource-control(5): where nftables cannot tell the engine's packets, systemd's own filter in its control group can. */
function filteredBySystemd({ gateway, allow }: Pick<GuardOptions, 'gateway' | 'allow'>): string[] {
  const hosts = [...gateway.engine, ...gateway.workload, gateway.proxy].map(({ host }) => host);
  const others = allow.map((entry) => entry.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
  // Docker's default address pools, in which containers are: https://docs.docker.com/engine/network/
  const pools = ['localhost', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fe80::/10'];
  return ['IPAddressDeny=any', `IPAddressAllow=${[...new Set([...pools, ...hosts, ...others])].join(' ')}`];
}

function auditFiles({ program, engines }: AttachmentRecord, files: readonly DesiredFile[]): DesiredFile[] {
  const paths = files.map(({ path }) => path);
  const watched = [...new Set([ATTACHMENT_FILE, ...paths, ...paths.map((path) => dirname(path))])].sort();
  const folders = [
    ...new Set([
      ATTACHMENT_FOLDER,
      ...unitsOf(engines).map((unit) => join(UNITS, `${unit}.d`)),
      '/etc/docker/daemon.json',
    ]),
  ];
  return [
    text(join(ATTACHMENT_FOLDER, 'watched'), watched),
    text(join(UNITS, AUDIT_UNIT), [
      HEAD,
      '[Unit]',
      'Description=Portcullis: audit of the attached container engines',
      'After=portcullis-engine-guard.service',
      'StartLimitIntervalSec=0',
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=/bin/sh ${GUARD} audit ${[...program, 'engine', 'audit', '--record'].map((word) => shellQuoted(word).replaceAll('%', '%%')).join(' ')}`,
      `RuntimeDirectory=${AUDIT_FOLDER.slice('/run/'.length)}`,
      'RuntimeDirectoryMode=0755',
      'RuntimeDirectoryPreserve=yes',
      'TimeoutStartSec=120',
      'Nice=10',
    ]),
    text(join(UNITS, AUDIT_TIMER), [
      HEAD,
      '[Unit]',
      'Description=Portcullis: audit of the attached container engines, each minute',
      '',
      '[Timer]',
      'OnActiveSec=0',
      'OnUnitInactiveSec=55',
      'AccuracySec=5',
      `Unit=${AUDIT_UNIT}`,
      '',
      '[Install]',
      'WantedBy=timers.target',
    ]),
    text(join(UNITS, AUDIT_PATH), [
      HEAD,
      '[Unit]',
      'Description=Portcullis: audit of the attached container engines, when a file changes',
      '',
      '[Path]',
      ...folders.map((folder) => `PathChanged=${folder}`),
      `Unit=${AUDIT_UNIT}`,
      'TriggerLimitIntervalSec=0',
      '',
      '[Install]',
      'WantedBy=paths.target',
    ]),
  ];
}

function text(path: string, lines: readonly string[]): DesiredFile {
  return { path, content: lines.map((line) => `${line}\n`).join(''), mode: 0o644 };
}
