import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../../../../main/platform/net/listen.ts';

it('a server that listens bears that a connection cannot be accepted, again and again', async () => {
  const server = createServer();
  await listen(server, { host: '127.0.0.1', port: 0 });
  server.emit('error', new Error('accept EMFILE'));
  server.emit('error', new Error('accept EMFILE'));
  expect(server.listening).toBe(true);
  server.close();
});

it('a server that cannot listen says why', async () => {
  const server = createServer();
  await listen(server, { host: '127.0.0.1', port: 0 });
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  await expect(listen(createServer(), { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  server.close();
});
