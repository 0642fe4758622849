/**
 * One line of a CSV file (RFC 4180), for spreadsheets too: a cell that they would take for a formula is led by an apostrophe, which shows it
 * as text (OWASP, CSV Injection). Our own import takes it away again (`withoutGuard`).
 */
export function csvRecord(cells: readonly (string | number)[]): string {
  return `${cells.map((cell) => (typeof cell === 'number' ? String(cell) : quoted(guarded(cell)))).join(',')}\r\n`;
}

/** Spreadsheets read UTF-8 only where a file begins with this. */
export const CSV_START = '\uFEFF';

/** Some programs skip spaces before a sign and take the full-width ones for the others. */
const FORMULA = /^(?:\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20']|[\t\r\n])/;

function guarded(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

/** The cell as it was before `csvRecord`. */
export function withoutGuard(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
}

function quoted(cell: string): string {
  return /["',;\s]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
