import { basename, dirname } from 'node:path';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

/** JSON lines with a level, a time and a component; what a support engineer greps. */
export type Logger = PinoLogger;

/** Members that are never written, wherever they stand in the logged object: a log is copied into tickets. */
const SECRETS = [
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'authorization',
  'password',
  'code',
  'code_verifier',
  'client_secret',
  'cookie',
  'sessionKey',
];
/** Codes of errors are words: `gateway-away`, `ECONNREFUSED`. Those of a sign-in are random, and mix the cases. */
const ERROR_CODE = /^(?:[a-z]+(?:-[a-z]+)*|[A-Z]+(?:_[A-Z]+)*)$/;
const redact = {
  paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: (value: unknown, path: string[]): unknown =>
    path.at(-1) === 'code' && typeof value === 'string' && ERROR_CODE.test(value) ? value : '[secret]',
};

/** @param file where to write (`logFile`); standard error if not given. */
export function createLogger(
  component: string,
  file?: string,
  level = process.env.PORTCULLIS_LOG_LEVEL ?? 'info',
): Logger {
  const destination = file ? rotatingFile(file) : pino.destination({ dest: 2, sync: true });
  return pino(
    { level, base: { component, pid: process.pid }, redact, timestamp: pino.stdTimeFunctions.isoTime },
    destination,
  );
}

/**
 * What cannot be written, on a disk that is full for one, is lost, and the next line is tried anew: a stream that has failed once
 * writes nothing any more, and with nobody listening for its error it would take the process with it.
 */
function rotatingFile(file: string): DestinationStream {
  const open = (): RotatingFileStream => {
    const opened = createStream(basename(file), { path: dirname(file), size: '5M', maxFiles: 4, mode: 0o600 });
    opened.on('error', () => {
      if (stream === opened) stream = null;
    });
    return opened;
  };
  // At once, so that there is a file as soon as there is a log.
  let stream: RotatingFileStream | null = open();
  return {
    write(line) {
      stream ??= open();
      stream.write(line);
    },
  };
}

/** For tests and pure callers. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
