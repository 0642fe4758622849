import { withoutGuard } from '../lists/csv-record.ts';
import type { Entry } from './import-row.ts';

const ADDRESS_HEADERS = new Set(['address', 'registry', 'registry address', 'host', 'hostname', 'domain', 'url']);
const NAME_HEADERS = new Set([
  'nickname',
  'registry nickname',
  'name',
  'friendly name',
  'friendly_name',
  'description',
]);

/** Whether the first line reads as a table with named columns, or every one of the first lines has a separator. */
export function looksLikeCsv(text: string): boolean {
  const [first = '', ...others] = text.split(/\r?\n/, 5).filter((line) => line.trim() !== '');
  const separator = separatorOf(first);
  if (separator === null) return ADDRESS_HEADERS.has(plain(first));
  return [first, ...others].every((line) => line.includes(separator) || line.startsWith('"'));
}

/** Columns by the names in the first line, or address and nickname where it names none. */
export function* csvEntries(text: string): Generator<Entry> {
  const records = recordsOf(text, separatorOf(text.slice(0, text.search(/[\r\n]|$/))) ?? ',');
  let addressColumn = 0;
  let nameColumn = 1;
  let isFirst = true;
  for (const { line, cells } of records) {
    if (isFirst) {
      isFirst = false;
      const names = cells.map(plain);
      const found = names.findIndex((name) => ADDRESS_HEADERS.has(name));
      if (found >= 0) {
        addressColumn = found;
        nameColumn = names.findIndex((name) => NAME_HEADERS.has(name));
        continue;
      }
    }
    const address = withoutGuard(cells[addressColumn] ?? '').trim();
    if (address === '' && cells.every((cell) => cell.trim() === '')) continue;
    yield { place: `line ${line}`, address, nickname: withoutGuard(cells[nameColumn] ?? '') };
  }
}

/** Outside of quotes, whichever comes first. */
function separatorOf(line: string): string | null {
  return /[,;\t]/.exec(line.replaceAll(/"[^"]*"/g, ''))?.[0] ?? null;
}

function plain(cell: string): string {
  return cell.trim().replaceAll(/^"|"$/g, '').trim().toLowerCase();
}

/** RFC 4180, and line breaks of any kind. @returns each record with the line it begins in */
function* recordsOf(text: string, separator: string): Generator<{ line: number; cells: string[] }> {
  let line = 1;
  let begun = 1;
  let cells: string[] = [];
  let start = 0;
  let cell = '';
  let quoted = false;
  for (let index = 0; index <= text.length; index += 1) {
    const character = text[index];
    if (quoted && character !== undefined) {
      if (character === '\n') line += 1;
      if (character !== '"') continue;
      cell += text.slice(start, index);
      start = index + 1;
      if (text[index + 1] === '"') {
        cell += '"';
        index += 1;
        start = index + 1;
      } else quoted = false;
      continue;
    }
    if (character === '"' && cell === '' && start === index) {
      quoted = true;
      start = index + 1;
      continue;
    }
    const ends = character === undefined || character === '\n' || character === '\r';
    if (!ends && character !== separator) continue;
    cells.push(cell + text.slice(start, index));
    cell = '';
    start = index + 1;
    if (!ends) continue;
    if (character === '\r' && text[index + 1] === '\n') {
      index += 1;
      start += 1;
    }
    yield { line: begun, cells };
    cells = [];
    line += 1;
    begun = line;
    quoted = false;
  }
}
