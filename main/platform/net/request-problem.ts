import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';

/**
 * Why a request got no answer, told apart by what a person can do about it. Understands Node's `fetch` (undici, whose cause
 * carries an errno, `UND_ERR_*` or OpenSSL code) and Chromium's (`net::ERR_*`).
 *
 * @param server its host name, as it stands in the sentence.
 */
export function requestProblem(error: unknown, server: string): Problem {
  const codes = codesOf(error);
  const cause = codes[0] ?? deepestMessage(error);
  return problem(codeFor(codes), { server }, { cause });
}

/** The outermost one says `fetch failed`, whatever it was. */
function deepestMessage(error: unknown, depth = 0): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && depth < 8 ? deepestMessage(error.cause, depth + 1) : error.message;
}

function codeFor(codes: readonly string[]) {
  if (codes.some((code) => TLS.test(code))) return 'server-not-trusted';
  if (codes.some((code) => TIMEOUT.test(code))) return 'server-timeout';
  if (codes.some((code) => OFFLINE.some((pattern) => pattern.test(code)))) return 'offline';
  return 'server-unreachable';
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
