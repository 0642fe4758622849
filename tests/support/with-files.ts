/** The command, with these files in place of those of the system, which nobody else sees. For root, on Linux. */
export function withFiles(files: Readonly<Record<string, string>>, command: string[]): string[] {
  const script = 'while [ "$1" != -- ]; do mount --bind "$2" "$1" || exit 1; shift 2; done; shift; exec "$@"';
  const pairs = Object.entries(files).flat();
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...pairs, '--', ...command];
}
