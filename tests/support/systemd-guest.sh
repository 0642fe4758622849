#!/bin/bash
# systemd-guest.sh FOLDER NAMESPACE PROJECT LOCK: boots systemd as process 1 on a copy-on-write view of this machine's own root, in namespaces of its
# own. The network namespace exists already; what the guest writes is in FOLDER/upper, and
# it sees the folder PROJECT of this machine, which it cannot change. Started again on the same FOLDER it is a reboot.
# It ends with this process. LOCK is held while packages are installed on this machine.
set -euo pipefail
folder=$1 namespace=$2 project=$3 lock=$4 name=$(basename "$1")
groups=/sys/fs/cgroup/unified
[ -d "$groups" ] || groups=/sys/fs/cgroup
mkdir -p "$groups/$name" "$folder"/{upper,work,root,lib-docker,lib-containerd}
# Its own from the start, because what is installed on this machine meanwhile would be seen through the view.
if [ ! -e "$folder/own" ]; then
  exec 9>"$lock"
  flock 9
  mkdir "$folder/own"
  cp -a /etc "$folder/own/etc"
  cp -a /var/lib/dpkg "$folder/own/dpkg"
  rm -f "$folder"/own/dpkg/updates/*
  exec 9>&-
fi
echo $$ >"$groups/$name/cgroup.procs"
exec nsenter --net="$namespace" unshare --mount --uts --ipc --pid --cgroup --fork --kill-child --propagation private \
  bash -ec '
folder=$1 project=$2 root=$1/root
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$root"
cd "$root"
mount --bind "$folder/own/etc" etc
mount --bind "$folder/own/dpkg" var/lib/dpkg
if [ ! -e etc/guest-made ]; then
  # Nothing of what is enabled on this machine, but the engine.
  rm -rf etc/systemd/system/*.wants etc/systemd/system/*.service.d etc/docker/daemon.json usr/sbin/policy-rc.d etc/resolv.conf etc/portcullis
  mkdir -p etc/systemd/system/multi-user.target.wants etc/systemd/system/sockets.target.wants
  ln -s /lib/systemd/system/docker.service /lib/systemd/system/containerd.service etc/systemd/system/multi-user.target.wants/
  ln -s /lib/systemd/system/docker.socket etc/systemd/system/sockets.target.wants/
  for unit in systemd-networkd systemd-networkd-wait-online systemd-firstboot systemd-timesyncd systemd-resolved unbound docker-registry postgresql packagekit dbus-org.freedesktop.timesync1; do
    ln -sf /dev/null "etc/systemd/system/$unit.service"
  done
  # An empty machine-id would have systemd enable whatever its presets name.
  tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
  : >etc/fstab
  # It has no network to install from, and apt would read all that there is before each of its commands.
  rm -rf var/lib/apt/lists/* var/cache/apt/*.bin
  # Nobody looks for manual pages by their words.
  rm -f var/lib/man-db/auto-update
  cp "$folder/resolv.conf" etc/resolv.conf
  cat "$folder/ca.pem" >>etc/ssl/certs/ca-certificates.crt
  touch etc/guest-made
fi
mkdir -p var/lib/docker var/lib/containerd .old
mount --bind "$folder/lib-docker" var/lib/docker
mount --bind "$folder/lib-containerd" var/lib/containerd
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm dev/net
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
for device in null zero full random urandom tty; do touch "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
mknod dev/net/tun c 10 200
mknod dev/fuse c 10 229
chmod 666 dev/net/tun dev/fuse
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p ".$project"
mount --bind "$project" ".$project"
mount -o remount,bind,ro ".$project"
pivot_root . .old
umount -l /.old
mount --make-rshared /
exec env -i container=portcullis-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /sbin/init --unit=multi-user.target
' _ "$folder" "$project" </dev/null
