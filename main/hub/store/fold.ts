/** Text as it is searched: SQLite itself only knows the case of ASCII. Statements can call it as `fold`. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase('en');
}
