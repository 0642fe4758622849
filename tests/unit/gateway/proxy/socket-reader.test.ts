import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { adoptSocket, createSocketReader } from '../../../../main/gateway/proxy/socket-reader.ts';

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((closed) => (server ? server.close(closed) : closed(null)));
});

/** A client that has asked for a tunnel, and its server's end of the connection. */
async function accepted(): Promise<{ far: Socket; near: Socket }> {
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const asked = once(server, 'connect');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.write('CONNECT a.example:443 HTTP/1.1\r\n\r\n');
  const [, near] = (await asked) as [unknown, Socket];
  sockets.push(client, near);
  return { far: client, near };
}

function taking(near: Socket, { onread }: ReturnType<typeof createSocketReader>): Socket | null {
  const taken = adoptSocket(near, onread);
  if (taken !== null) sockets.push(taken);
  return taken;
}

const connections = (): Promise<number> =>
  new Promise((counted, failed) => server?.getConnections((error, count) => (error ? failed(error) : counted(count))));

describe('a socket that a server has accepted', () => {
  // A Node that does it otherwise must not go unnoticed: everything would work, at half the speed.
  it('is read into one buffer after it was taken over, which grows with what comes', async () => {
    const { far, near } = await accepted();
    const reader = createSocketReader(16);
    expect(taking(near, reader)).not.toBeNull();
    const memory = new Set<ArrayBufferLike>();
    let heard = '';
    reader.flowTo((chunk) => {
      memory.add(chunk.buffer);
      heard += chunk.toString('latin1');
      return true;
    });
    for (const text of ['a', 'b', 'c']) {
      far.write(text);
      await expect.poll(() => heard.at(-1)).toBe(text);
    }
    expect(memory.size).toBe(1);
    far.write('x'.repeat(100_000));
    await expect.poll(() => heard.length).toBe(100_003);
    expect(memory.size).toBe(2);
  });

  it('can still be written to, ends in both directions, and counts with its server until then', async () => {
    const { far, near } = await accepted();
    const reader = createSocketReader(16);
    const taken = taking(near, reader) as Socket;
    reader.flowTo(() => true);
    far.end('last words');
    await once(taken, 'end');
    taken.write('still ');
    expect(await connections()).toBe(1);
    taken.end('here');
    let said = '';
    for await (const chunk of far) said += chunk;
    expect(said).toBe('still here');
    await expect.poll(connections).toBe(0);
    expect(near.destroyed).toBe(true);
  });

  it('is not read further than the sink allows', async () => {
    const { far, near } = await accepted();
    const reader = createSocketReader(16);
    const taken = taking(near, reader) as Socket;
    let heard = '';
    reader.flowTo((chunk) => {
      heard += chunk.toString('latin1');
      return false;
    });
    far.write('0123456789abcdefghijklmnopqrstuvwxyz');
    await expect.poll(() => heard).toBe('0123456789abcdef');
    taken.resume();
    await expect.poll(() => heard).toBe('0123456789abcdefghijklmnopqrstuvwxyz');
  });

  it('is left as it is where it does not look as it should', () => {
    const strange = Object.assign(new Duplex(), { _handle: { readStart() {} } }) as unknown as Socket;
    expect(adoptSocket(strange, createSocketReader(16).onread)).toBeNull();
    expect(strange).toMatchObject({ _handle: { readStart: expect.any(Function) }, destroyed: false });
  });
});
