#!/bin/sh
# usage: enter.sh FOLDER COMMAND...
# Runs inside the VM's network namespace and a mount namespace of its own, where it covers what of the host the engine must
# not see, with files of FOLDER, and then becomes COMMAND. The covers vanish with the last process of the mount namespace.
set -eu
folder=$1
shift

# Links are followed before /run, into which /etc/resolv.conf often points, is covered.
resolv_conf=$(readlink -m /etc/resolv.conf)

# The VM has a /run of its own: else dockerd would use a containerd of the host, which cannot see mounts made in here.
mount -t tmpfs -o mode=755 tmpfs /run
case $resolv_conf in
/run/*) mkdir -p "${resolv_conf%/*}" && : >"$resolv_conf" ;;
esac

mount --bind "$folder/resolv.conf" "$resolv_conf"
mount --bind "$folder/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$folder/hosts" /etc/hosts
# daemon.json and certs.d of the host's engine are not this one's.
mount --bind "$folder/etc-docker" /etc/docker

exec "$@"
