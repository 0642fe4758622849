import { stat } from 'node:fs/promises';

/**
 * Runs `work` as the user who owns `folder`, where this process is root: what root made there the owner could not use, and root would follow
 * whatever links the owner has put there. Any other user stays who they are. Nothing else may run in this process meanwhile.
 */
export async function asOwnerOf<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { uid, gid } = await stat(folder);
  if (process.geteuid?.() !== 0 || uid === 0 || !process.seteuid || !process.setegid) return work();
  // In this order: only root may change the group.
  process.setegid(gid);
  process.seteuid(uid);
  try {
    return await work();
  } finally {
    process.seteuid(0);
    process.setegid(0);
  }
}
