/** What a command wrote, without what it says of a server that lets it wait: a busy machine does that to any. */
export function withoutSlowNotes(stderr: string): string {
  return stderr.replaceAll(/^(Waiting for \S+|Asking the sign-in server)\.\n/gm, '');
}
