import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** One RFC 5424 message, taken apart by the grammar of section 6. */
export interface SyslogLine {
  priority: number;
  version: string;
  at: string;
  hostname: string;
  app: string;
  pid: string;
  id: string;
  text: string;
}

export interface SyslogReceiver {
  port: number;
  lines: SyslogLine[];
  /** Ends the connections that there are, and takes no new ones until `listen`. */
  pause: () => Promise<void>;
  listen: () => Promise<void>;
  close: () => Promise<void>;
}

const MESSAGE = /^<(\d{1,3})>(\d{1,2}) (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) - ([\x20-\x7e]*)$/;

function parse(message: Buffer): SyslogLine {
  const [whole, priority = '', version = '', at = '', hostname = '', app = '', pid = '', id = '', text = ''] =
    MESSAGE.exec(message.toString('latin1')) ?? [];
  if (whole === undefined) throw new Error(`no RFC 5424 message: ${message.toString('latin1').slice(0, 200)}`);
  return { priority: Number(priority), version, at, hostname, app, pid, id, text };
}

/** A receiver for TCP with octet counting (RFC 6587 section 3.4.1). */
export async function tcpSyslogReceiver(): Promise<SyslogReceiver> {
  const lines: SyslogLine[] = [];
  const sockets = new Set<Socket>();
  const answer = (socket: Socket): void => {
    sockets.add(socket);
    let waiting = Buffer.alloc(0);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (;;) {
        const [frame, digits = ''] = /^(\d{1,9}) /.exec(waiting.toString('latin1', 0, 11)) ?? [];
        if (frame === undefined || waiting.length < frame.length + Number(digits)) return;
        lines.push(parse(waiting.subarray(frame.length, frame.length + Number(digits))));
        waiting = waiting.subarray(frame.length + Number(digits));
      }
    });
  };
  let server = createServer(answer);
  const receiver: SyslogReceiver = {
    port: 0,
    lines,
    listen: async () => {
      server = createServer(answer).listen(receiver.port, '127.0.0.1');
      await once(server, 'listening');
      receiver.port = (server.address() as AddressInfo).port;
    },
    pause: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    close: async () => {
      if (server.listening) await receiver.pause();
    },
  };
  await receiver.listen();
  return receiver;
}

export async function udpSyslogReceiver(): Promise<Pick<SyslogReceiver, 'port' | 'lines' | 'close'>> {
  const lines: SyslogLine[] = [];
  const socket = createSocket('udp4').on('message', (message) => lines.push(parse(message)));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    lines,
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
