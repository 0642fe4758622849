import { request } from 'node:http';

/** What a server at a Unix socket or named pipe said. `unreachable`: nobody is there. `silent`: no answer before `signal` was aborted. */
export type SocketAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly kind: 'unreachable'; readonly cause: string }
  | { readonly kind: 'silent' };

/** A longer answer is cut off. */
const MAX_BODY = 1024 * 1024;

/** `GET path` over HTTP/1.1. The body is parsed where it is JSON. Never rejects. */
export function getFromSocket(
  socketPath: string,
  path: string,
  signal: AbortSignal,
  maxBody = MAX_BODY,
): Promise<SocketAnswer> {
  return askSocket('GET', socketPath, path, signal, maxBody);
}

/** `POST path` with an empty body, otherwise as `getFromSocket`. */
export function postToSocket(socketPath: string, path: string, signal: AbortSignal): Promise<SocketAnswer> {
  return askSocket('POST', socketPath, path, signal, MAX_BODY);
}

function askSocket(
  method: 'GET' | 'POST',
  socketPath: string,
  path: string,
  signal: AbortSignal,
  maxBody: number,
): Promise<SocketAnswer> {
  return new Promise((resolve) => {
    const failed = (error: Error): void =>
      resolve(signal.aborted ? { kind: 'silent' } : { kind: 'unreachable', cause: error.message });
    const asked = request({ socketPath, path, method, headers: { host: 'docker' }, signal }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        if (text.length < maxBody) text += part;
      });
      answer.on('error', failed);
      answer.on('end', () => resolve({ kind: 'answered', status: answer.statusCode ?? 0, body: jsonOrText(text) }));
    });
    asked.on('error', failed);
    asked.end();
  });
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
