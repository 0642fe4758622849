import type { DeniedHost } from '../../../../shared/schemas/ipc-schema.ts';

const COLUMNS = ['host', 'blocked', 'count', 'first', 'last', 'views', 'reason'] as const;

/** What is on screen as a table for other programs; times as in ISO 8601, in UTC. */
export function activityJson(rows: readonly DeniedHost[]): string {
  return JSON.stringify(rows.map(rowOf), null, 2);
}

/** The same as CSV (RFC 4180). */
export function activityCsv(rows: readonly DeniedHost[]): string {
  const lines = rows.map(rowOf).map((row) => COLUMNS.map((column) => cell(row[column])));
  return [COLUMNS, ...lines].map((line) => `${line.join(',')}\r\n`).join('');
}

function rowOf({ host, refused, count, first, last, views, reason }: DeniedHost) {
  const [firstAt, lastAt] = [first, last].map((at) => new Date(at).toISOString());
  return { host, blocked: refused, count, first: firstAt, last: lastAt, views, reason };
}

/** Quoted where needed. What a spreadsheet would take for a formula is made text (OWASP, CSV injection). */
function cell(value: string | number | boolean | readonly string[] | undefined): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
