import { problem } from '../../../shared/problems/catalogue.ts';
import { ActivityFilter } from '../../../shared/schemas/hub/activity.ts';
import { sendJson, sendParts } from '../http/answers.ts';
import type { Callers } from '../http/callers.ts';
import type { Exchange } from '../http/exchange.ts';
import { pageQuery } from '../http/page-query.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Routes } from '../http/router.ts';
import type { Activity } from '../store/activity.ts';
import { type ExportFormat, exportedActivity } from './export.ts';

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  jsonl: 'application/jsonl; charset=utf-8',
};

/** Who did what: in pages, and as a file. */
export function activityRoutes({ activity }: { activity: Activity }, may: Callers): Routes {
  return {
    '/v1/orgs/{org}/activity': { GET: may.auditor(getActivity) },
    '/v1/orgs/{org}/activity/export': { GET: may.auditor(exportActivity) },
  };

  async function getActivity({ response, url }: Exchange, org: string): Promise<void> {
    const { cursor, limit } = pageQuery(url);
    sendJson(response, await activity.page(org, cursor, limit, filterOf(url)));
  }

  async function exportActivity({ request, response, url }: Exchange, org: string): Promise<void> {
    const format = url.searchParams.get('format');
    if (format !== 'csv' && format !== 'jsonl') throw new HttpProblem(400, problem('export-format-invalid'));
    const filter = filterOf(url);
    response.writeHead(200, {
      'content-type': TYPES[format],
      // The names of organizations have no character that would need quoting.
      'content-disposition': `attachment; filename="activity-${org}.${format}"`,
    });
    await sendParts(request, response, exportedActivity(activity, org, filter, format));
  }
}

/** @throws HttpProblem 400 */
function filterOf({ searchParams }: URL): ActivityFilter {
  const filter = ActivityFilter.safeParse(Object.fromEntries(searchParams));
  if (!filter.success)
    throw new HttpProblem(400, problem('filter-invalid', { name: String(filter.error.issues[0]?.path[0]) }));
  return filter.data;
}
