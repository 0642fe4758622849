import { type Libc, openLibc, type SystemCallError } from './libc.ts';
import { MAX_DESCRIPTORS } from './open-descriptors.ts';

/** The numbers of Linux on x86-64 and arm64. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
/** sun_path of struct sockaddr_un. */
const MAX_NAME_BYTES = 108;

/** A datagram socket that is connected to a name of AF_UNIX, which Node has no call for. */
export interface NotifySocket {
  /** @throws Error with a `code`; EAGAIN while the receiver's queue is full */
  send(message: string): void;
  close(): void;
}

/**
 * Connects at once, which alone takes permission to write to the name: what is sent later arrives whoever this process has become.
 *
 * @param name a path, or `@…` for one of the abstract namespace (unix(7))
 * @returns null where there is no such call: see `openLibc`
 * @throws Error with a `code`
 */
export async function connectNotifySocket(
  name: string,
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<NotifySocket | null> {
  const address = socketName(name);
  const libc = await openLibc(new Uint8Array(MAX_DESCRIPTORS), platform, architecture);
  return libc === null ? null : connectTo(libc, address);
}

/** struct sockaddr_un, as long as it has to be. @throws Error with the code EINVAL for what is no name. */
export function socketName(name: string): Uint8Array {
  const path = Buffer.from(name, 'utf8');
  const isAbstract = name.startsWith('@');
  // A path ends with a zero byte; an abstract name begins with one, and every byte of it counts.
  const length = path.length + (isAbstract ? 0 : 1);
  if (!(isAbstract || name.startsWith('/')) || path.length < 2 || length > MAX_NAME_BYTES || path.includes(0)) {
    throw Object.assign(new Error(`${name} is no name of a socket`), { code: 'EINVAL' });
  }
  const address = new Uint8Array(2 + length);
  address[0] = AF_UNIX;
  address.set(path, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

function connectTo(libc: Libc, address: Uint8Array): NotifySocket {
  const open = libc.func('int socket(int, int, int)');
  const connect = libc.func('int connect(int, void *, unsigned int)');
  const send = libc.func('long send(int, void *, size_t, int)');
  const fd: number = open(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw libc.lastError('socket');
  libc.recordOpened(fd);
  if (connect(fd, address, address.length) !== 0) {
    const error: SystemCallError = libc.lastError('connect');
    libc.close(fd);
    throw error;
  }
  return {
    send(message) {
      const bytes = Buffer.from(message, 'utf8');
      if (send(fd, bytes, bytes.length, MSG_DONTWAIT) < 0) throw libc.lastError('send');
    },
    close: () => libc.close(fd),
  };
}
