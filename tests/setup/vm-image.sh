#!/bin/bash
# vm-image.sh FOLDER: makes a machine that qemu can boot, in FOLDER: disk.img (Debian with systemd and a Docker Engine and containerd of its
# own), vmlinuz, initrd.img, and key, with which root gets in by SSH. Packages come from this machine's own apt sources. Needs root.
set -euo pipefail
folder=$1 root=$1/root
modules=(virtio_pci virtio_blk)
packages=(systemd systemd-sysv dbus libpam-systemd udev kmod iproute2 iptables nftables procps ca-certificates docker.io containerd
  openssh-server busybox-static)
# What brings time, or waits for a network that is not there.
masked=(apt-daily.timer apt-daily-upgrade.timer man-db.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer dpkg-db-backup.timer
  systemd-timesyncd.service systemd-networkd-wait-online.service)

mkdir -p "$folder"
rm -rf "$root" "$folder/kernel" "$folder/initrd"
exec 9>/var/lock/portcullis-test-setup.lock
flock 9
[ -n "$(apt-cache policy docker.io | sed -n '/Candidate: (none)/d; /Candidate:/p')" ] || apt-get update --quiet
. /etc/os-release
sources=/etc/apt/sources.list
[ -s "$sources" ] || sources=$(ls /etc/apt/sources.list.d/*.sources | head -n 1)
mmdebstrap --quiet --variant=apt --mode=root --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include="$(IFS=,; echo "${packages[*]}")" "$VERSION_CODENAME" "$root" "$sources"

# The kernel without initramfs-tools: all that it needs before its root is a few modules. ext4 is built in.
image=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ { print $2; exit }')
version=${image#linux-image-}
mkdir "$folder/kernel"
(cd "$folder/kernel" && apt-get download -qq -o APT::Sandbox::User=root "$image" && dpkg-deb --extract ./*.deb .)
cp "$folder/kernel/boot/vmlinuz-$version" "$folder/vmlinuz"
mkdir -p "$root/lib/modules"
cp -a "$folder/kernel/lib/modules/$version" "$root/lib/modules/"
chroot "$root" depmod "$version"
flock -u 9

initrd=$folder/initrd
mkdir -p "$initrd"/{bin,proc,dev,newroot,modules}
cp "$root/bin/busybox" "$initrd/bin/"
chroot "$root" modprobe --set-version "$version" --all --show-depends "${modules[@]}" | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
  while read -r module; do
    cp "$root$module" "$initrd/modules/"
    basename "$module" >>"$initrd/modules/order"
  done
cat >"$initrd/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
while read module; do /bin/busybox insmod /modules/$module; done </modules/order
tries=0
while [ ! -b /dev/vda ] && [ $tries -lt 600 ]; do /bin/busybox usleep 50000; tries=$((tries+1)); done
/bin/busybox mount -t ext4 /dev/vda /newroot
/bin/busybox umount /proc
/bin/busybox mount --move /dev /newroot/dev
exec /bin/busybox switch_root /newroot /sbin/init
INIT
chmod +x "$initrd/init"
(cd "$initrd" && find . | cpio --create --format=newc --quiet | gzip -1) >"$folder/initrd.img"

rm -f "$folder/key" "$folder/key.pub"
ssh-keygen -q -t ed25519 -N '' -C portcullis-tests -f "$folder/key"
install -D -m 600 "$folder/key.pub" "$root/root/.ssh/authorized_keys"
chmod 700 "$root/root/.ssh"
printf '[Match]\nName=eth0\n[Network]\nDHCP=ipv4\nIPv6AcceptRA=no\n' >"$root/etc/systemd/network/10-eth.network"
chroot "$root" systemctl --quiet enable systemd-networkd
for unit in "${masked[@]}"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
echo portcullis-vm >"$root/etc/hostname"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
rm -f "$folder/disk.img"
truncate --size=4G "$folder/disk.img"
# With a journal: what is tested is the power going off.
mke2fs -q -t ext4 -E lazy_itable_init=1,nodiscard -d "$root" "$folder/disk.img"
rm -rf "$root" "$folder/kernel" "$initrd"
