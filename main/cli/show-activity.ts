import { ActivityPage } from '../../shared/schemas/hub-schema.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printJson, printLine } from './print.ts';
import { pastOf } from './written-time.ts';

/** As the options are written. */
export interface AskedActivity {
  action?: string;
  by?: string;
  since?: string;
  until?: string;
  search?: string;
  count: number;
  json?: boolean;
}

type Entry = ActivityPage['items'][number];

/** The most that the hub answers at a time. */
const PAGE = 200;

/** Who did what, newest first. @throws ProblemError of `asOwner`, `until-invalid`, `filter-invalid` */
export async function showActivity(where: Where, asked: AskedActivity): Promise<void> {
  const { count, json = false } = asked;
  const filter = filterOf(asked, Date.now());
  await asOwner(
    where,
    async ({ ask }) => {
      const items: Entry[] = [];
      for (let cursor: string | null = ''; cursor !== null && items.length < count; ) {
        const page: URLSearchParams = new URLSearchParams(filter);
        page.set('limit', String(Math.min(PAGE, count - items.length)));
        if (cursor !== '') page.set('cursor', cursor);
        const { value }: { value: ActivityPage } = await ask(ActivityPage, `activity?${page}`);
        items.push(...value.items);
        cursor = value.next;
      }
      if (json) return printJson({ items });
      if (items.length === 0) return printLine('No entry matches.');
      for (const { at, actor, action, changes, revision } of items) {
        const time = english.time.exact(Date.parse(at));
        printLine(`${time}  revision ${revision}  ${actor}: ${changes.join(', ') || action}`);
      }
    },
    json,
  );
}

function filterOf({ action, by, since, until, search }: AskedActivity, now: number): Record<string, string> {
  return {
    ...(action === undefined ? {} : { action }),
    ...(by === undefined ? {} : { actor: by }),
    ...(since === undefined ? {} : { from: pastOf(since, now, 'begin') }),
    ...(until === undefined ? {} : { to: pastOf(until, now, 'end') }),
    ...(search === undefined ? {} : { q: search }),
  };
}
