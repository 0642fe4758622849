import { basename, dirname } from 'node:path';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';

/** JSON lines with level, time and component. A part of a component logs through `log.child({ part: 'proxy' })`. */
export type Logger = PinoLogger;

/** Members that are never written, wherever they are in the logged object: logs are copied into tickets. */
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
/** Error codes are words such as `gateway-away` and `ECONNREFUSED`; those of a sign-in are random and mix upper and lower case. */
const ERROR_CODE = /^(?:[a-z]+(?:-[a-z]+)*|[A-Z]+(?:_[A-Z]+)*)$/;
const redact = {
  paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
  censor: (value: unknown, path: string[]): unknown =>
    path.at(-1) === 'code' && typeof value === 'string' && ERROR_CODE.test(value) ? value : '[secret]',
};

/** @param file to write to; standard error if not given. */
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
 * A line that cannot be written, for example because the disk is full, is lost, and the next one is tried on a new stream: a stream
 * that has failed once writes nothing more, and without a listener its error would end the process.
 */
function rotatingFile(file: string): DestinationStream {
  const open = (): RotatingFileStream => {
    const opened = createStream(basename(file), { path: dirname(file), size: '5M', maxFiles: 4, mode: 0o600 });
    opened.on('error', () => {
      if (stream === opened) stream = null;
    });
    return opened;
  };
  // At once, so that the file exists from the start.
  let stream: RotatingFileStream | null = open();
  return {
    write(line) {
      stream ??= open();
      stream.write(line);
    },
  };
}

/** Writes nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
