import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { IpcHandlers } from '../../../shared/schemas/ipc.ts';
import { cannotWrite } from '../../platform/fs/atomic-file.ts';
import { CODE_LIFE_MS, type PanelAccess } from './panel-access.ts';

export interface PanelOpenerDeps {
  origin: string;
  access: PanelAccess;
  /** A private folder of this user, for the file that the browser opens. */
  folder: string;
  openInBrowser(address: string): Promise<boolean>;
}

/**
 * The call `panel.open`. Everybody on the machine can list the arguments of processes, so the browser is not given the address with the
 * code but a file that redirects there and that only its user can read.
 *
 * @throws ProblemError `no-browser`, `cannot-write`.
 */
export function createPanelOpener({
  origin,
  access,
  folder,
  openInBrowser,
}: PanelOpenerDeps): IpcHandlers['panel.open'] {
  return async ({ print }) => {
    const url = `${origin}/#code=${access.issueCode()}`;
    if (print) return { url };
    const failed = (error: unknown): never => {
      throw cannotWrite(folder, error);
    };
    const place = await mkdtemp(join(folder, 'open-')).catch(failed);
    const remove = (): Promise<void> => rm(place, { recursive: true, force: true }).catch(() => undefined);
    setTimeout(remove, CODE_LIFE_MS).unref();
    const file = join(place, 'portcullis.html');
    await writeFile(file, redirectTo(url), { mode: 0o600, flag: 'wx' }).catch(failed);
    if (await openInBrowser(pathToFileURL(file).href)) return { url: null };
    await remove();
    throw new ProblemError(problem('no-browser'));
  };
}

function redirectTo(url: string): string {
  return `<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><title>Portcullis</title>
<meta http-equiv="refresh" content="0; url=${url}"><p><a href="${url}">Open Portcullis</a></p>
`;
}
