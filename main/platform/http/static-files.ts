import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

/** A file of a built page, as it is served. */
export interface StaticFile {
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
 * Reads a built page once, so that a request can only name a file that was there: no path is ever made from a URL.
 *
 * @returns by URL path: `/` and `/assets/…`.
 * @throws Error where there is no such folder, or no page in it.
 */
export function readStaticFiles(folder: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
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
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`${folder} has no index.html`);
  files.set('/', index);
  return files;
}

export function staticHeaders({ type, body, immutable }: StaticFile): Record<string, string | number> {
  return {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': immutable ? 'private, max-age=31536000, immutable' : 'no-store',
  };
}
