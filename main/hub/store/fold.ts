/** Text as it is searched and compared. Statements can call it as `fold`, in both databases, whose own `lower` knows less. */
export function fold(text: string): string {
  return text.normalize('NFKC').toLocaleLowerCase('en');
}
