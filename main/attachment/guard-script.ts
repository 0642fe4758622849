import { systemGatewayControl } from '../platform/fs/places.ts';
import { ATTACHMENT_FOLDER, AUDIT_FOLDER, ENROLMENT_CODE_FILE, HEAD, INTERFACE, TABLE } from './names.ts';

/**
 * The part of an attachment that runs while the machine boots and whenever an engine starts: it has to work before any of our programs
 * does, and in a few milliseconds, so it is a script for the system's shell, written beside the rules that it loads.
 *
 * - `load` makes the gateway's interface where it has to be made, and loads the table with all engines that run: one transaction.
 * - `enter` is called by systemd before an engine starts, inside the engine's own control group. A group that was removed and made anew is
 *   another one for the kernel, and a rule that names the old one matches nothing; so the set is filled anew each time. Its failure keeps
 *   the engine from starting.
 * - `drop` takes table and interface away.
 * - `audit COMMAND...` calls the full audit only where anything that it looks at has changed, and otherwise says that the last one still
 *   holds. It runs each minute, and most of what the full audit costs is the start of our program.
 */
export const GUARD_SCRIPT = `#!/bin/sh
${HEAD}
set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
folder=${ATTACHMENT_FOLDER} table='${TABLE}' interface=${INTERFACE} result=${AUDIT_FOLDER}
groups=/sys/fs/cgroup

fail() {
  echo "portcullis: $1" >&2
  exit 1
}

# The control groups of the engines that run, one path a line.
running() {
  while read -r unit; do
    for path in "$groups"/*.slice/"$unit" "$groups"/*.slice/*.slice/"$unit" "$groups"/*.slice/*.slice/*.slice/"$unit"; do
      if [ -d "$path" ]; then echo "\${path#"$groups"/}"; fi
    done
  done <"$folder/units"
  # The one whose start this is; systemd may run its commands in a group below it.
  if [ "$1" = enter ]; then sed -n 's|^0::/||; s|/\\.control$||; /\\.slice\\//p' /proc/self/cgroup; fi
}

# The elements of the sets, which differ by how deep a group lies; there are no sets where systemd's own filter is the wall. A start in a
# group that is too deep for them names a set that there is not, so it fails.
elements() {
  grep -q 'set engines_' "$folder/guard.nft" || return 0
  running "$1" | sort -u | while read -r path; do
    case "$path" in
      */*/*/*/*) [ "$1" = load ] || echo "add element $table engines_5 { \\"$path\\" }" ;;
      */*/*/*) echo "add element $table engines_4 { \\"$path\\" }" ;;
      */*/*) echo "add element $table engines_3 { \\"$path\\" }" ;;
      */*) echo "add element $table engines_2 { \\"$path\\" }" ;;
    esac
  done
}

addresses() {
  [ -s "$folder/addresses" ] || return 0
  ip link show dev "$interface" >/dev/null 2>&1 ||
    ip link add "$interface" type dummy 2>/dev/null || ip link add "$interface" type bridge ||
    fail "the interface $interface cannot be made: the kernel has neither dummy nor bridge devices"
  while read -r address; do
    ip address replace "$address" dev "$interface" nodad 2>/dev/null || ip address replace "$address" dev "$interface" ||
      fail "the address $address cannot be given to $interface"
  done <"$folder/addresses"
  ip link set "$interface" up
}

whole() { cat "$folder/guard.nft"; }
emptied() { sed -n 's/^\\tset \\(engines_[0-9]\\) .*/flush set '"$table"' \\1/p' "$folder/guard.nft"; }

# What $2 prints and the elements, in one transaction. A group may go away between the two, with an engine that ends: then once more.
# Rules that cannot be read are a failure: nft would take nothing for something.
put() {
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    rules=$("$2" && elements "$1") || return 1
    if error=$(printf '%s\\n' "$rules" | nft -f - 2>&1); then return 0; fi
  done
  echo "$error" >&2
  return 1
}

command -v nft >/dev/null || fail 'nft is not installed; install nftables'
# One at a time; the audit changes nothing, and may call this script.
if [ "\${1-}" != audit ]; then
  mkdir -p /run/lock
  exec 9>/run/lock/portcullis-engine-guard
  flock 9
fi

case "\${1-}" in
  load)
    addresses
    put load whole || fail "the rules in $folder/guard.nft cannot be loaded"
    ;;
  enter)
    grep -q '^0::/.*\\.slice/' /proc/self/cgroup || fail 'this engine has no control group of systemd, so it does not start'
    if nft list table $table >/dev/null 2>&1; then
      put enter emptied
    else
      addresses
      put enter whole
    fi || fail "this engine cannot be put behind the wall, so it does not start"
    ;;
  drop)
    # Another program may change the machine's rules at this moment.
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
      tables=$(nft list tables) || fail 'the rules of this machine cannot be read'
      case "$tables" in *"table $table"*) nft delete table $table 2>/dev/null ;; *) break ;; esac
      [ "$attempt" -lt 10 ] || fail "the wall cannot be taken away"
    done
    if [ -s "$folder/addresses" ]; then ip link delete "$interface" 2>/dev/null; fi
    exit 0
    ;;
  audit)
    shift
    mkdir -p "$result"
    chmod 755 "$result"
    units=$(tr '\\n' ' ' <"$folder/units")
    {
      nft -s list table $table
      # shellcheck disable=SC2086
      systemctl show -p Id,MainPID,ActiveState,NeedDaemonReload,DropInPaths,ControlGroup,Environment,ExecStartPre,IPAddressDeny $units
      cat "$folder"/* /etc/docker/daemon.json
      ls -lLn --time-style=+%s $(cat "$folder/watched")
      ps -eo pid,comm,cgroup --no-headers | grep -E ' (dockerd|containerd|buildkitd|podman) '
      # Another start of the gateway, a code of root's for it, another hour: the full audit sends probes, too.
      ls -iln --time-style=+%s ${systemGatewayControl('linux')} ${ENROLMENT_CODE_FILE}
      echo $(($(date +%s) / 3600))
    } >"$result/seen.new" 2>/dev/null
    if [ -e "$result/audit.json" ] && cmp -s "$result/seen.new" "$result/seen"; then
      rm -f "$result/seen.new"
      touch "$result/audit.json"
      exit 0
    fi
    rm -f "$result/seen"
    "$@" || fail 'the audit did not finish'
    mv "$result/seen.new" "$result/seen"
    ;;
  *)
    echo 'usage: guard.sh load | enter | drop | audit COMMAND...' >&2
    exit 2
    ;;
esac
`;
