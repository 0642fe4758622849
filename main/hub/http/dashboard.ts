import { problem } from '../../../shared/problems/catalogue.ts';
import { DASHBOARD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { type StaticFile, staticHeaders } from '../../platform/http/static-files.ts';
import { problemPage, readerOf } from '../sign-in/pages.ts';
import type { Exchange } from './exchange.ts';
import { methodNotAllowed, notFound } from './router.ts';
import { dashboardHeaders, htmlHeaders } from './security-headers.ts';

/** Serves the built dashboard below `DASHBOARD_PATH`. @param files by path below it; null where it has not been built */
export function createDashboard(files: ReadonlyMap<string, StaticFile> | null): (exchange: Exchange) => void {
  return ({ request, response, path }) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD']);
    if (`${path}/` === DASHBOARD_PATH) {
      response.writeHead(308, { location: DASHBOARD_PATH }).end();
      return;
    }
    if (files === null) {
      response.writeHead(503, htmlHeaders()).end(problemPage(readerOf(request), problem('dashboard-not-built')));
      return;
    }
    const file = files.get(path.slice(DASHBOARD_PATH.length - 1));
    if (file === undefined) throw notFound();
    response.writeHead(200, { ...dashboardHeaders, ...staticHeaders(file) }).end(file.body);
  };
}

export function isOfDashboard(path: string): boolean {
  return path.startsWith(DASHBOARD_PATH) || `${path}/` === DASHBOARD_PATH;
}
