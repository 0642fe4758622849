import type { EngineId } from '../../shared/schemas/attachment.ts';
import { type DesiredFile, guardFiles, unitsOf } from './files.ts';
import { ATTACHMENT_FOLDER, GUARD_UNIT, HEAD } from './names.ts';
import type { GatewayAddresses, Wall } from './record.ts';

/** Where a guest finds the machine that the gateway runs on. */
export type GuestHost =
  | { readonly kind: 'address'; readonly address: string }
  /** Read anew at each load: WSL 2 gives its host another address at each start of Windows. */
  | { readonly kind: 'default-route' };

/** Any user may listen at these, and nothing else commonly does. The guest's own questions to port 53 are redirected to them. */
export const GUEST_PORTS = { engine: 5301, workload: 5303, proxy: 3128 } as const;

/** Stands for the host's address in what a script lays out. */
const HOST = '@HOST@';
const GUEST_HEAD = '# Written by the provisioning of `portcullis engine guest-files`.';
/** What an engine is pointed at as long as the host's address is not known: reserved for documentation (RFC 5737), so nothing answers. */
const NOWHERE = '192.0.2.1';

/** All that a guest may have; one that is installed later is held from its first start. */
const ENGINES: readonly EngineId[] = ['docker', 'containerd', 'podman', 'buildkit', 'docker-rootless'];
const UNITS = unitsOf(ENGINES);
const WALLS: readonly Wall[] = ['nftables', 'systemd'];

export const GUEST_GATEWAY: GatewayAddresses = {
  engine: [{ host: HOST, port: GUEST_PORTS.engine }],
  workload: [{ host: HOST, port: GUEST_PORTS.workload }],
  proxy: { host: HOST, port: GUEST_PORTS.proxy },
};

export interface GuestScriptOptions {
  readonly host: GuestHost;
  /** WSL 2, where nobody provisions a guest at each boot: the script installs itself as a unit, and checks what WSL has been told. */
  readonly isWsl: boolean;
}

/**
 * A script for the shell of a guest with systemd, as root, at each boot or at any time: lays out the same guard that `engine attach` puts on
 * a machine, chooses the wall by trying, loads it, and starts those engines anew that run without it. Done again it changes nothing. Whatever
 * fails leaves the engines stopped, and they do not start again before it is fixed.
 */
export function systemdGuestScript({ host, isWsl }: GuestScriptOptions): string {
  const files = { nftables: filesFor('nftables'), systemd: filesFor('systemd') };
  const isCommon = (file: DesiredFile): boolean => WALLS.every((wall) => files[wall].some((one) => isSame(one, file)));
  return [
    ...head(host),
    isWsl ? WSL_CHECKS : '',
    FAIL_WITH_SYSTEMD,
    PUT,
    'lay_out() {',
    ...files.nftables.filter(isCommon).map(put),
    // Docker and Podman would ask systemd-resolved at 127.0.0.53, and the gateway could not tell their questions from others.
    put(text('/etc/systemd/resolved.conf.d/50-portcullis.conf', [GUEST_HEAD, '[Resolve]', 'DNSStubListener=no'])),
    isWsl ? WSL_FILES : '',
    '}',
    ...WALLS.flatMap((wall) => [
      `lay_out_${wall}() {`,
      ...files[wall].filter((file) => !isCommon(file) && file.path !== RULES).map(put),
      '}',
      `rules_${wall}() {`,
      rulesOf(files[wall]),
      '}',
    ]),
    LAY_OUT_AND_LOAD,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function filesFor(wall: Wall): DesiredFile[] {
  return guardFiles({
    ...{ engines: [...ENGINES], local: false, wall, addresses: [], gateway: GUEST_GATEWAY, allow: [] },
    ...{ machineDns: 'all', audited: false },
  }).map(forGuest);
}

export function forGuest({ path, content, mode }: DesiredFile): DesiredFile {
  return { path, mode, content: content.replaceAll(HEAD, GUEST_HEAD) };
}

function isSame(one: DesiredFile, other: DesiredFile): boolean {
  return one.path === other.path && one.content === other.content;
}

export function text(path: string, lines: readonly string[]): DesiredFile {
  return { path, content: lines.map((line) => `${line}\n`).join(''), mode: 0o644 };
}

const RULES = `${ATTACHMENT_FOLDER}/guard.nft`;
const END = 'END_OF_FILE';

/** @throws Error where a file would end its own here-document. */
export function put({ path, content, mode }: DesiredFile): string {
  if (content.split('\n').includes(END)) throw new Error(`${path} has a line ${END}`);
  return `put ${path} ${mode.toString(8).padStart(4, '0')} <<'${END}'\n${content}${END}`;
}

function rulesOf(files: readonly DesiredFile[]): string {
  return `cat <<'${END}'\n${files.find(({ path }) => path === RULES)?.content ?? ''}${END}`;
}

export function head(host: GuestHost): string[] {
  return [
    '#!/bin/sh',
    '# Written by `portcullis engine guest-files` (docs/guests.md). Lays out the guard around the container engines of this guest and loads',
    '# it. The gateway runs outside, on the host. To be run as root at each boot; done again it changes nothing.',
    'set -u',
    'umask 022',
    'PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C',
    'export PATH LC_ALL',
    // One at a time.
    'mkdir -p /run/lock',
    'exec 8>/run/lock/portcullis-guest',
    'flock 8',
    // All counts as changed where the last run did not come to its end. What a unit that engines wait for starts anew, it must not wait for.
    `changed='' broken='' block=''`,
    `if [ -e ${UNFINISHED} ]; then changed=' ${['resolved.conf', ...UNITS].map((name) => `/${name}.d/`).join(' ')}'; fi`,
    `: >${UNFINISHED}`,
    `if [ "\${1-}" = boot ]; then block=--no-block; fi`,
    ...(host.kind === 'address'
      ? [`host=${host.address}`]
      : [
          "host='' tries=0",
          // The network of a guest may come up beside this.
          `while [ -z "$host" ] && [ "$tries" -lt 30 ]; do`,
          `  [ "$tries" = 0 ] || sleep 1`,
          '  tries=$((tries + 1))',
          `  host=$(ip -4 route show default | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p' | head -n 1)`,
          'done',
          `if [ -z "$host" ]; then host=${NOWHERE} broken='this guest has no default route, so the gateway cannot be found'; fi`,
        ]),
  ];
}

/** Reads a file from standard input, and puts it in place only where it differs. */
export const PUT = `put() {
  mkdir -p "\${1%/*}" || fail "$1 cannot be written"
  { sed "s/${HOST}/$host/g" >"$1.portcullis" && chmod "$2" "$1.portcullis"; } || fail "$1 cannot be written"
  if cmp -s "$1.portcullis" "$1"; then
    chmod "$2" "$1"
    rm -f "$1.portcullis"
    return 0
  fi
  mv -f "$1.portcullis" "$1" || fail "$1 cannot be written"
  changed="$changed $1"
}`;

export const UNFINISHED = '/run/portcullis-unfinished';
const STOPPED = '/run/portcullis-stopped';

const FAIL_WITH_SYSTEMD = `units='${UNITS.join(' ')}'
# No engine runs beside a wall that is not there.
fail() {
  echo "portcullis: $1. Until this is fixed, the container engines of this guest are stopped." >&2
  for unit in docker.socket $units; do
    if systemctl --quiet is-active "$unit"; then
      echo "$unit" >>${STOPPED}
      systemctl $block stop "$unit"
    fi
  done
  exit 1
}`;

const LAY_OUT_AND_LOAD = `[ -d /run/systemd/system ] || fail 'systemd does not run in this guest (in WSL: run wsl --shutdown, then this again)'

# Whether a kernel knows control groups in nftables cannot be read off its version.
is_loadable() {
  "rules_$1" | sed "s/${HOST}/$host/g" | nft --check --file -
}
wall=nftables
if ! command -v nft >/dev/null; then
  broken='nft is not installed; install nftables in the guest'
elif ! is_loadable nftables 2>/dev/null; then
  if is_loadable systemd; then wall=systemd; else broken='nft refuses the rules'; fi
fi

lay_out
"lay_out_$wall"
"rules_$wall" >/run/portcullis-rules || fail 'there is no room below /run'
put ${RULES} 0644 </run/portcullis-rules
rm -f /run/portcullis-rules
systemctl daemon-reload || fail 'systemd cannot read the units'
[ -z "$broken" ] || fail "$broken"
systemctl --quiet enable ${GUARD_UNIT}
/bin/sh ${ATTACHMENT_FOLDER}/guard.sh load || fail 'the wall cannot be loaded'
systemctl $block restart ${GUARD_UNIT} || fail 'the service that loads the wall at boot does not start'
case "$changed" in
  */resolved.conf.d/*) if systemctl --quiet is-active systemd-resolved; then systemctl $block restart systemd-resolved; fi ;;
esac

for unit in $units; do
  pid=$(systemctl show -p MainPID --value "$unit")
  case "$pid" in '' | 0) continue ;; esac
  needed=yes
  if tr '\\0' '\\n' <"/proc/$pid/environ" | grep -qxF "HTTPS_PROXY=http://$host:${GUEST_PORTS.proxy}"; then needed=no; fi
  # systemd's filter comes with the start of the engine.
  case "$wall:$changed" in systemd:*"/$unit.d/"*) needed=yes ;; esac
  [ "$needed" = yes ] || continue
  echo "portcullis: starting $unit anew, behind the wall"
  systemctl reset-failed "$unit"
  systemctl $block restart "$unit" || fail "$unit does not start"
done
if [ -e ${STOPPED} ]; then
  while read -r unit; do systemctl $block start "$unit" || fail "$unit does not start"; done <${STOPPED}
  rm -f ${STOPPED}
fi
rm -f ${UNFINISHED}
echo "portcullis: the container engines of this guest pull through the gateway at $host only (wall: $wall)"
`;

const WSL_UNIT = 'portcullis-guest.service';

/** WSL gives the guest its network and its resolver, and can be told to lead questions past both. */
const WSL_CHECKS = `wsl_setting() {
  awk -F= -v section="$1" -v key="$2" '
    /^[ \\t]*\\[/ { gsub(/[][ \\t\\r]/, ""); current = tolower($0); next }
    current == section { name = tolower($1); gsub(/[ \\t]/, "", name); value = tolower($2); gsub(/[ \\t\\r"]/, "", value)
      if (name == key) last = value }
    END { print last }' /etc/wsl.conf 2>/dev/null
}
if [ ! -e /etc/wsl.conf ]; then
  printf '[boot]\\nsystemd=true\\n\\n[network]\\ngenerateResolvConf=false\\n' >/etc/wsl.conf
elif [ "$(wsl_setting boot systemd)" != true ] || [ "$(wsl_setting network generateresolvconf)" != false ]; then
  echo 'portcullis: add to /etc/wsl.conf, then run wsl --shutdown: [boot] systemd=true, [network] generateResolvConf=false' >&2
fi
if command -v wslinfo >/dev/null; then
  mode=$(wslinfo --networking-mode)
  if [ "$mode" != nat ]; then
    host=${NOWHERE} broken="WSL runs with networkingMode=$mode, in which the gateway is not found at the default route; set networkingMode=nat in .wslconfig"
  fi
fi
if [ -f "$0" ] && ! cmp -s "$0" /etc/portcullis/guest.sh; then
  mkdir -p /etc/portcullis
  cp "$0" /etc/portcullis/guest.sh.new && chmod 755 /etc/portcullis/guest.sh.new && mv /etc/portcullis/guest.sh.new /etc/portcullis/guest.sh
fi`;

/** At each boot the host may have another address. The engines wait for it. */
const WSL_FILES = [
  `if [ -L /etc/resolv.conf ]; then rm -f /etc/resolv.conf; fi`,
  put(text('/etc/resolv.conf', [GUEST_HEAD, `nameserver ${HOST}`])),
  put(
    text(`/etc/systemd/system/${WSL_UNIT}`, [
      GUEST_HEAD,
      '[Unit]',
      'Description=Portcullis: finds the gateway on the host, and loads the wall around the container engine',
      `After=local-fs.target ${GUARD_UNIT}`,
      `Before=${UNITS.join(' ')}`,
      '',
      '[Service]',
      'Type=oneshot',
      'RemainAfterExit=yes',
      'ExecStart=/bin/sh /etc/portcullis/guest.sh boot',
      '',
      '[Install]',
      'WantedBy=multi-user.target',
    ]),
  ),
  `systemctl --quiet enable ${WSL_UNIT} 2>/dev/null`,
].join('\n');
