import { type DeepLink, parseDeepLink, SCHEME } from './deep-link.ts';

/** How the program was started: as the command line `portcullis …`, or as the tray. */
export type StartArguments =
  | { kind: 'command'; args: string[] }
  /** The tray, without Chromium's sandbox: it does not start like that. */
  | { kind: 'unsafe' }
  | {
      kind: 'tray';
      /** Started at login: nobody has asked to see anything. */
      hidden: boolean;
      /** A configuration to use instead of the user's own places. */
      config: string | null;
      link: DeepLink | null;
    };

/**
 * With it Chromium starts for root and inside a hardened service. The installed command line (build/linux/portcullis) puts it before each
 * command, because a command shows no page.
 */
const NO_SANDBOX = '--no-sandbox';
/**
 * With it Chromium keeps its complaints to itself, as that there is no system bus, which it writes before any of our code runs. The installed
 * command line puts it there too.
 */
const QUIET = '--log-level=3';

/** With these in the first place the command line prints its help or version. */
const COMMAND_OPTIONS = ['-h', '--help', '-V', '--version'];

/**
 * Tells the two apart: one program is both, because a fuse prevents the packaged Electron from running as plain Node. A word in the first
 * place is a command; the tray takes only options and links. Chromium adds switches of its own, so unknown options are not an error.
 *
 * @param argv as `process.argv`.
 * @param packaged whether the program is its own executable; in development the path of the application comes behind it.
 */
export function startArguments(argv: readonly string[], packaged: boolean): StartArguments {
  const given = argv.slice(packaged ? 1 : 2);
  const isUnsafe = given.includes(NO_SANDBOX);
  const args = given.filter((argument) => argument !== NO_SANDBOX && argument !== QUIET);
  const [first] = args;
  if (first !== undefined && (COMMAND_OPTIONS.includes(first) || !(first.startsWith('-') || isLink(first)))) {
    return { kind: 'command', args };
  }
  if (isUnsafe) return { kind: 'unsafe' };
  // A web page chooses the text of a link, and quoting has failed before (CVE-2018-1000006): beside a link every other argument is ignored.
  if (args.some(isLink)) return { kind: 'tray', hidden: false, config: null, link: linkIn(args) };
  return { kind: 'tray', hidden: args.includes('--hidden'), config: optionOf(args, '--config'), link: null };
}

/** The first `portcullis:` address among arguments, as Windows and Linux hand it over. */
export function linkIn(args: readonly string[]): DeepLink | null {
  const address = args.find(isLink);
  return address === undefined ? null : parseDeepLink(address);
}

function isLink(argument: string): boolean {
  return argument.toLowerCase().startsWith(`${SCHEME}:`);
}

function optionOf(args: readonly string[], name: string): string | null {
  const at = args.indexOf(name);
  return at === -1 ? null : (args[at + 1] ?? null);
}
