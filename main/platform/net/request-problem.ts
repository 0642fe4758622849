import type { Problem } from '../../../shared/problems/problem.ts';

/**
 * What went wrong with a request that got no answer, as a person has to act on it: the network is away, the server is,
 * the wait was too long, or the connection cannot be trusted. Understands Node's `fetch` (undici, whose cause carries an
 * errno, `UND_ERR_*` or OpenSSL code) and Chromium's (`net::ERR_*`).
 *
 * @param server how it is called on screen: `the server of acme`.
 */
export function requestProblem(error: unknown, server: string): Problem {
  const codes = codesOf(error);
  const cause = (codes[0] ?? (error instanceof Error ? error.message : String(error))).slice(0, 1000);
  if (codes.some((code) => TLS.test(code))) {
    return {
      code: 'server-not-trusted',
      message: `The connection to ${server} is not trusted.`,
      cause,
      next: 'Check the date of this machine, and ask your administrator whether the network inspects connections.',
    };
  }
  if (codes.some((code) => TIMEOUT.test(code))) {
    return {
      code: 'server-timeout',
      message: `${capital(server)} did not answer in time.`,
      cause,
      next: 'Portcullis tries again by itself.',
    };
  }
  if (codes.some((code) => OFFLINE.some((pattern) => pattern.test(code)))) {
    return {
      code: 'offline',
      message: `${capital(server)} cannot be found: this machine seems to be offline.`,
      cause,
      next: 'Connect to a network. Portcullis tries again by itself.',
    };
  }
  return {
    code: 'server-unreachable',
    message: `${capital(server)} cannot be reached.`,
    cause,
    next: 'Portcullis tries again by itself. If it lasts, tell your administrator.',
  };
}

const TLS =
  /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|HOSTNAME_MISMATCH|INVALID_PURPOSE|^EPROTO$|net::ERR_SSL/;
const TIMEOUT = /TIMEOUT|TIMEDOUT|TIMED_OUT|^TimeoutError$/;
/** Node's own codes, and Chromium's `net::ERR_…`. */
const OFFLINE = [
  /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL|ENETUNREACH|ENETDOWN|EHOSTUNREACH|EADDRNOTAVAIL)$/,
  /INTERNET_DISCONNECTED|NAME_NOT_RESOLVED|ADDRESS_UNREACHABLE/,
];

/** The codes along the chain of causes, and of every attempt where several addresses were tried (RFC 8305). */
function codesOf(error: unknown, depth = 0): string[] {
  if (depth > 8 || typeof error !== 'object' || error === null) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [error.code] : [];
  const named = error instanceof Error && error.name === 'TimeoutError' ? ['TimeoutError'] : [];
  const chromium = error instanceof Error ? (/net::ERR_[A-Z_]+/.exec(error.message)?.slice(0, 1) ?? []) : [];
  const attempts = error instanceof AggregateError ? error.errors.flatMap((each) => codesOf(each, depth + 1)) : [];
  const deeper = 'cause' in error ? codesOf(error.cause, depth + 1) : [];
  return [...own, ...named, ...chromium, ...attempts, ...deeper];
}

/** For the name of a server at the beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
