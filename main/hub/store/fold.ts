import type { DatabaseSync } from 'node:sqlite';

/** For searches: SQLite itself only knows the case of ASCII. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase('en');
}

/** Makes `fold(text)` a function of SQL. */
export function addFold(database: DatabaseSync): void {
  database.function('fold', { deterministic: true }, (text) => fold(String(text ?? '')));
}
