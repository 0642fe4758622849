import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { dropStalled } from '../../../../main/platform/net/drop-stalled.ts';

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

it('a client that takes nothing of its answer is dropped; one that waits for its answer is not', async () => {
  let respond: (() => void) | undefined;
  const server = createServer((request, response) => {
    if (request.url === '/large') response.end(Buffer.alloc(64 * 1024 * 1024));
    else respond = () => response.end('late');
  });
  dropStalled(server, 200);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  opened.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string) => {
    const socket = connect(port, '127.0.0.1');
    opened.push(() => socket.destroy());
    socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    return socket;
  };

  const waiting = ask('/slow');
  const closed = new Promise<void>((resolve) => {
    server.on('connection', (socket) => socket.on('close', () => resolve()));
  });
  const stalled = ask('/large');
  stalled.on('error', () => undefined);
  stalled.pause();
  await closed;
  respond?.();
  let text = '';
  for await (const chunk of waiting) text += chunk;
  expect(text).toContain('late');
});
