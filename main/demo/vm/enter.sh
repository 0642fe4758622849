#!/bin/sh
# usage: enter.sh FOLDER COMMAND...
# Runs in the VM's network namespace and in a mount namespace of its own. There it mounts files of FOLDER over what the engine
# must not see of the host, and then runs COMMAND. The mounts vanish with the last process of the namespace.
set -eu
folder=$1
shift

# Resolved before /run is mounted over, because /etc/resolv.conf is often a link into it.
resolv_conf=$(readlink -m /etc/resolv.conf)

# The VM gets its own /run: otherwise dockerd would use the host's containerd, which cannot see the mounts made here.
mount -t tmpfs -o mode=755 tmpfs /run
case $resolv_conf in
/run/*) mkdir -p "${resolv_conf%/*}" && : >"$resolv_conf" ;;
esac

mount --bind "$folder/resolv.conf" "$resolv_conf"
mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$folder/hosts" /etc/hosts
# daemon.json and certs.d of the host's engine must not apply to this one.
mount --bind "$folder/etc-docker" /etc/docker

exec "$@"
