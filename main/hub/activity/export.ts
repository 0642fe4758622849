import { CSV_START, csvRecord } from '../../../shared/lists/csv-record.ts';
import type { ActivityFilter } from '../../../shared/schemas/hub/activity.ts';
import type { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import type { Activity } from '../store/activity.ts';

export type ExportFormat = 'csv' | 'jsonl';
type Item = ActivityPage['items'][number];

/** What is in memory at a time. */
const BATCH = 200;

/** All entries that fit, newest first, as the parts of a file. */
export async function* exportedActivity(
  activity: Pick<Activity, 'page'>,
  org: string,
  filter: ActivityFilter,
  format: ExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield CSV_START + csvRecord(['time', 'actor', 'action', 'revision', 'changes', 'id']);
  let before: number | null = null;
  do {
    const page: ActivityPage = await activity.page(org, before, BATCH, filter);
    yield page.items.map(format === 'csv' ? asCsv : asJsonLine).join('');
    before = page.next === null ? null : Number(page.next);
  } while (before !== null);
}

function asCsv({ at, actor, action, revision, changes, id }: Item): string {
  return csvRecord([at, actor, action, revision, changes.join('\n'), id]);
}

/** In ASCII, so that no program along the way can take it for something else. */
export function asJsonLine(item: Item & { org?: string }): string {
  return `${asciiJson(item)}\n`;
}

export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
