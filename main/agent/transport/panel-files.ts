import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

export interface PanelFile {
  body: Buffer;
  type: string;
  /** Named by a digest of its content, so it may be cached forever. */
  immutable: boolean;
}

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/**
 * Reads the built panel once, so that a request can only name a file that was there: no path is ever made from a URL.
 *
 * @returns by URL path: `/` and `/assets/…`.
 * @throws ProblemError `panel-not-built`.
 */
export function loadPanelFiles(folder: string): Map<string, PanelFile> {
  const files = new Map<string, PanelFile>();
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
      files.set(`/${path}`, {
        body: readFileSync(join(folder, path)),
        type,
        immutable: path.startsWith('assets/'),
      });
    }
  } catch (error) {
    throw notBuilt(folder, error);
  }
  const index = files.get('/index.html');
  if (index === undefined) throw notBuilt(folder, null);
  files.set('/', index);
  return files;
}

function notBuilt(folder: string, error: unknown): ProblemError {
  const cause = error instanceof Error ? error.message : `${folder} has no index.html`;
  return new ProblemError(problem('panel-not-built', {}, { cause }));
}
