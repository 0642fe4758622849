import { statfsSync } from 'node:fs';

/** `f_type` of statfs(2) on Linux (linux/magic.h), of file systems that one kernel at a time writes to. */
const LOCAL_TYPES = new Set([
  ...[0xef53, 0x58465342, 0x9123683e, 0xca451a4e, 0xf2f52010, 0x2fc12fc1], // ext4, XFS, Btrfs, bcachefs, F2FS, ZFS
  ...[0x01021994, 0x858458f6, 0x794c7630, 0x73717368, 0xe0f5e1e2], // tmpfs, ramfs, overlayfs, SquashFS, EROFS
]);

/**
 * Whether only this machine can change what is at `path`: of what another one writes, over a network or on a folder that a virtual machine
 * has from its host, inotify(7) tells nothing. false where that is not known.
 */
export function isLocal(path: string, platform = process.platform): boolean {
  if (platform !== 'linux') return false;
  try {
    return LOCAL_TYPES.has(statfsSync(path).type);
  } catch {
    return false;
  }
}
