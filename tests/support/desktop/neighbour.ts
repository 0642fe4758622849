import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { startGateway } from '../gateway.ts';
import { openDesktop, until } from './desktop.ts';
import { installTray } from './installed-tray.ts';
import { iconsSeen, windowsSeen } from './screen.ts';

/**
 * A second user of this machine, for tests of what two sessions see of each other. Only root can start a program as somebody else, so the
 * layer's runner starts this one, and a test tells it at a socket what to do.
 */
export interface Neighbour {
  /** Logs in: a desktop, a gateway, the tray. */
  logIn(): Promise<SeenByNeighbour>;
  look(): Promise<SeenByNeighbour>;
  logOut(): Promise<void>;
}

const Seen = z.object({
  user: z.number(),
  icons: z.array(z.string()),
  windows: z.number(),
  /** What its tray keeps, and where its agent serves. */
  folder: z.string(),
  socket: z.string(),
});
export type SeenByNeighbour = z.infer<typeof Seen>;

const Order = z.object({ order: z.enum(['log-in', 'look', 'log-out']) });
const Answer = z.union([z.object({ seen: Seen.nullable() }), z.object({ error: z.string() })]);

/** Serves one order after the other, one connection each. */
export async function serveNeighbour(path: string): Promise<void> {
  const stack = new AsyncDisposableStack();
  let look: (() => Promise<SeenByNeighbour>) | null = null;

  async function logIn(): Promise<void> {
    const desktop = await openDesktop();
    stack.defer(() => desktop.close());
    const gateway = await startGateway();
    stack.defer(() => gateway.stop());
    const tray = await installTray(desktop, gateway);
    stack.defer(() => tray.remove());
    await tray.start('--hidden');
    look = async () => ({
      user: process.getuid?.() ?? 0,
      icons: (await iconsSeen(desktop)).map(({ name }) => name),
      windows: (await windowsSeen(desktop, '--name', 'Portcullis$')).length,
      folder: tray.folder,
      socket: tray.socket,
    });
  }

  async function obey(line: string): Promise<SeenByNeighbour | null> {
    const { order } = Order.parse(parseJson(line));
    if (order === 'log-in') await logIn();
    if (order === 'log-out') {
      await stack.disposeAsync();
      return null;
    }
    return look === null ? null : look();
  }

  const server = createServer((socket) => {
    createInterface(socket).once('line', (line) => {
      obey(line).then(
        (seen) => socket.end(`${JSON.stringify({ seen })}\n`),
        (error: unknown) => socket.end(`${JSON.stringify({ error: String(error) })}\n`),
      );
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(path);
  await once(server, 'listening');
  await chmod(path, 0o666);
}

export function neighbourAt(path: string): Neighbour {
  const ask = async (order: string): Promise<SeenByNeighbour | null> => {
    const socket = connect(path);
    await once(socket, 'connect');
    socket.write(`${JSON.stringify({ order })}\n`);
    const [line] = await once(createInterface(socket), 'line');
    const answer = Answer.parse(parseJson(String(line)));
    if ('error' in answer) throw new Error(`the second user: ${answer.error}`);
    return answer.seen;
  };
  const seen = async (order: string): Promise<SeenByNeighbour> => Seen.parse(await ask(order));
  return {
    async logIn() {
      // It was started a moment before, perhaps.
      await until(
        () =>
          ask('look').then(
            () => true,
            () => false,
          ),
        'the second user',
      );
      return seen('log-in');
    },
    look: () => seen('look'),
    async logOut() {
      await ask('log-out');
    },
  };
}

const [, file, path] = process.argv;
if (file === import.meta.filename && path !== undefined) await serveNeighbour(path);
