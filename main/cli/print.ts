import { terminalSafeJson } from '../../shared/printable.ts';

/** Text of a server or a file must not control the terminal: control and format characters are shown as `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

export function printLine(text = ''): void {
  process.stdout.write(`${printable(text)}\n`);
}

/** Indented, so that a person can read it too. */
export function printJson(value: unknown): void {
  process.stdout.write(`${terminalSafeJson(JSON.stringify(value, null, 2))}\n`);
}

/** Two columns, aligned; rows without a value are left out. */
export function printTable(rows: readonly (readonly [label: string, value: string | null])[]): void {
  const shown = rows.filter(([, value]) => value !== null);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  for (const [label, value] of shown) printLine(`${label.padEnd(width)}  ${value}`);
}

/** Aligned columns; the last may have any width. */
export function printColumns(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows)
    printLine(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
