import { request } from 'node:http';

/** What a proxy answers to CONNECT: the status and the phrase that an engine prints. */
export function connectThrough(proxy: string, target: string): Promise<{ status: number; phrase: string }> {
  const [host, port] = proxy.split(':');
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, method: 'CONNECT', path: target, agent: false });
    asked.once('connect', (answer, socket) => {
      socket.destroy();
      resolve({ status: answer.statusCode ?? 0, phrase: answer.statusMessage ?? '' });
    });
    asked.once('response', (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, phrase: answer.statusMessage ?? '' });
    });
    asked.once('error', reject);
    asked.end();
  });
}
