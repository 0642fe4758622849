import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Builds beside `out` and then swaps, so that another run at this moment finds one whole build or the other. */
export async function buildApart(root: string, make: (made: string) => Promise<boolean>): Promise<boolean> {
  const out = join(root, 'out');
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(out, 'building-'));
  try {
    const made = join(folder, 'new');
    if (!(await make(made))) return false;
    for (const part of readdirSync(made)) {
      const place = join(out, part);
      if (existsSync(place)) renameSync(place, join(folder, `old-${part}`));
      renameSync(join(made, part), place);
    }
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
