import { createHash } from 'node:crypto';

/** Statements are some hundreds; each takes a few kilobytes of each connection's server process. */
const MOST_NAMES = 1_000;
/** So many failures within so long are no accident. */
const FAILURES = 3;
const FAILURES_MS = 60_000;

// invalid_sql_statement_name, duplicate_prepared_statement
const UNKNOWN_NAME = '26000';
const NAME_TAKEN = '42P05';
const NOT_SUPPORTED = '0A000';

/**
 * Names by which PostgreSQL keeps parsed and planned statements, on each connection. A name is the hash of its text: whoever is at the other
 * end of a connection, a name never stands for another statement.
 */
export interface StatementNames {
  /** Gives this text a name from now on. */
  keep: (text: string) => void;
  /** @returns undefined for what is not to be kept */
  of: (text: string) => string | undefined;
  /** @param name that this text was asked with. Where that was the cause, it is another one from now on, or none */
  failed: (error: unknown, text: string, name: string) => void;
}

/**
 * @param now milliseconds, of any clock
 * @param off told once names turn out not to work here, after which there are none
 */
export function createStatementNames(now: () => number, off: () => void): StatementNames {
  const names = new Map<string, string>();
  let failures: number[] = [];
  let generation = 0;
  let isOff = false;

  const nameOf = (text: string): string => {
    const hash = createHash('sha256').update(text).digest('base64url');
    return `portcullis_${hash}${generation === 0 ? '' : `_${generation}`}`;
  };

  return {
    keep: (text) => {
      if (!isOff && names.size < MOST_NAMES) names.set(text, nameOf(text));
    },
    of: (text) => names.get(text),
    failed: (error, text, name) => {
      // Others that were under way may have failed by the same names.
      if (!isOfName(error) || names.get(text) !== name) return;
      if (isOfPooler(error)) failures = [...failures.filter((at) => now() - at < FAILURES_MS), now()];
      generation += 1;
      for (const known of names.keys()) names.set(known, nameOf(known));
      if (failures.length < FAILURES) return;
      isOff = true;
      names.clear();
      off();
    },
  };
}

/**
 * Whether a statement failed, and did nothing, because of what is kept by its name: a newer version has changed the columns that it gives, or a
 * pooler has handed the connection to somebody else.
 */
export function isOfName(error: unknown): boolean {
  return isOutdated(error) || isOfPooler(error);
}

/** Its message is in the server's language; the routine is not. */
function isOutdated(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error && 'routine' in error)) return false;
  return error.code === NOT_SUPPORTED && error.routine === 'RevalidateCachedQuery';
}

function isOfPooler(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === UNKNOWN_NAME || error.code === NAME_TAKEN);
}
