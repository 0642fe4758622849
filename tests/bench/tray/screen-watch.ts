import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Rectangle } from '../../support/desktop/screen.ts';

/**
 * A client of the X server that clicks and looks at pixels within less than a millisecond, where a program started for each would take
 * longer than what is measured (https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html, and its extension XTEST).
 */
export interface ScreenWatch {
  /** The pointer is there at once, and nothing is pressed. */
  move(to: Point): Promise<void>;
  click(at: Point): Promise<void>;
  /** What is on the screen there. */
  look(area: Rectangle): Promise<Buffer>;
  close(): void;
}

export interface Point {
  x: number;
  y: number;
}

const HEADER = 32;
const Opcode = { getInputFocus: 43, getImage: 73, queryExtension: 98 } as const;
const Fake = { press: 4, release: 5, motion: 6 } as const;

export async function watchScreen(display: string): Promise<ScreenWatch> {
  const socket = connect(`/tmp/.X11-unix/X${display.replace(/^:/, '')}`);
  await once(socket, 'connect');
  const read = reader(socket);
  // Little-endian, version 11, nobody to say who we are: the server belongs to us.
  const hello = Buffer.alloc(12);
  hello.write('l', 'latin1');
  hello.writeUInt16LE(11, 2);
  socket.write(hello);
  const answer = await read(8);
  const setup = await read(answer.readUInt16LE(6) * 4);
  if (answer[0] !== 1) throw new Error('the X server refuses');
  const vendor = Math.ceil(setup.readUInt16LE(16) / 4) * 4;
  const root = setup.readUInt32LE(32 + vendor + 8 * (setup[21] ?? 0));

  async function ask(request: Buffer): Promise<{ header: Buffer; data: Buffer }> {
    socket.write(request);
    for (;;) {
      const header = await read(HEADER);
      if (header[0] === 0) throw new Error(`the X server answers with error ${header[1]}`);
      if (header[0] === 1) return { header, data: await read(header.readUInt32LE(4) * 4) };
      // An event.
    }
  }

  const query = Buffer.alloc(16);
  query[0] = Opcode.queryExtension;
  query.writeUInt16LE(4, 2);
  query.writeUInt16LE(5, 4);
  query.write('XTEST', 8, 'latin1');
  const { header } = await ask(query);
  if (header[8] !== 1) throw new Error('the X server has no XTEST');
  const xtest = header[9] ?? 0;

  function fake(type: number, detail: number, { x, y }: Point): Buffer {
    const request = Buffer.alloc(36);
    request[0] = xtest;
    request[1] = 2;
    request.writeUInt16LE(9, 2);
    request[4] = type;
    request[5] = detail;
    request.writeUInt32LE(root, 12);
    request.writeInt16LE(Math.round(x), 24);
    request.writeInt16LE(Math.round(y), 26);
    return request;
  }

  /** Answered after all before it has been done. */
  function barrier(): Buffer {
    const request = Buffer.alloc(4);
    request[0] = Opcode.getInputFocus;
    request.writeUInt16LE(1, 2);
    return request;
  }

  return {
    async move(to) {
      await ask(Buffer.concat([fake(Fake.motion, 0, to), barrier()]));
    },
    async click(at) {
      await ask(
        Buffer.concat([fake(Fake.motion, 0, at), fake(Fake.press, 1, at), fake(Fake.release, 1, at), barrier()]),
      );
    },
    async look({ x, y, width, height }) {
      const request = Buffer.alloc(20);
      request[0] = Opcode.getImage;
      // ZPixmap.
      request[1] = 2;
      request.writeUInt16LE(5, 2);
      request.writeUInt32LE(root, 4);
      [x, y].forEach((value, index) => {
        request.writeInt16LE(value, 8 + 2 * index);
      });
      [width, height].forEach((value, index) => {
        request.writeUInt16LE(value, 12 + 2 * index);
      });
      request.writeUInt32LE(0xffffffff, 16);
      return (await ask(request)).data;
    },
    close: () => socket.destroy(),
  };
}

/** @returns what waits for that many bytes; one at a time. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  let chunks: Buffer[] = [];
  let held = 0;
  let wake = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    held += chunk.length;
    wake();
  });
  let gone = false;
  for (const event of ['close', 'error'] as const) {
    socket.on(event, () => {
      gone = true;
      wake();
    });
  }
  return async (bytes) => {
    while (held < bytes) {
      if (gone) throw new Error('the X server has gone');
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    const all = Buffer.concat(chunks);
    chunks = [all.subarray(bytes)];
    held -= bytes;
    return all.subarray(0, bytes);
  };
}
