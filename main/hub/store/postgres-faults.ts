import { isOfName } from './postgres-names.ts';

/**
 * What an error of the database means for whoever was using it. `conflict`: another transaction, or what was kept of a
 * statement, was in the way, and nothing was done. `away`:
 * there was no connection, and nothing was done. `lost`: the connection broke; what was under way may have been done.
 */
export type ConnectionFault = 'conflict' | 'away' | 'lost' | 'other';

/** By SQLSTATE (PostgreSQL manual, appendix A) and by the codes of Node's sockets. */
const BY_CODE: Readonly<Record<string, ConnectionFault>> = {
  // serialization_failure, deadlock_detected
  '40001': 'conflict',
  '40P01': 'conflict',
  // cannot_connect_now, sqlclient_unable_to_establish_sqlconnection
  '57P03': 'away',
  '08001': 'away',
  ECONNREFUSED: 'away',
  ENOENT: 'away',
  EHOSTUNREACH: 'away',
  EAI_AGAIN: 'away',
  // admin_shutdown, crash_shutdown, connection_exception, connection_does_not_exist, connection_failure
  '57P01': 'lost',
  '57P02': 'lost',
  '08000': 'lost',
  '08003': 'lost',
  '08006': 'lost',
  ECONNRESET: 'lost',
  EPIPE: 'lost',
};

/** What the driver says itself, without a code. */
const LOST = /^Connection terminated|not queryable|has been discarded/;

export function faultOf(error: unknown): ConnectionFault {
  if (error instanceof AggregateError) return error.errors.every((one) => faultOf(one) === 'away') ? 'away' : 'other';
  if (!(error instanceof Error)) return 'other';
  if (isOfName(error)) return 'conflict';
  const known = 'code' in error ? BY_CODE[String(error.code)] : undefined;
  return known ?? (LOST.test(error.message) ? 'lost' : 'other');
}
