import { openLibc } from '../../main/gateway/native/libc.ts';
import { socketName } from '../../main/gateway/native/notify-socket.ts';
import { MAX_DESCRIPTORS } from '../../main/gateway/native/open-descriptors.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;

export interface NotifyReceiver {
  /** What came in since the last call, in order. */
  read(): string[];
  close(): void;
}

/** A datagram socket such as systemd opens for its services. @returns null where koffi is not to be had. */
export async function openNotifyReceiver(name: string): Promise<NotifyReceiver | null> {
  const libc = await openLibc(new Uint8Array(MAX_DESCRIPTORS), process.platform, process.arch);
  if (libc === null) return null;
  const address = socketName(name);
  const fd: number = libc.func('int socket(int, int, int)')(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw libc.lastError('socket');
  const bound: number = libc.func('int bind(int, void *, unsigned int)')(fd, address, address.length);
  if (bound !== 0) throw libc.lastError('bind');
  const receive = libc.func('long recv(int, void *, size_t, int)');
  const room = Buffer.alloc(4096);
  return {
    read() {
      const messages: string[] = [];
      for (;;) {
        const length = Number(receive(fd, room, room.length, MSG_DONTWAIT));
        if (length < 0) return messages;
        messages.push(room.toString('utf8', 0, length));
      }
    },
    close: () => libc.close(fd),
  };
}
