import { type Libc, openLibc, type SystemCallError } from './libc.ts';
import { MAX_DESCRIPTORS } from './open-descriptors.ts';

/** The numbers and layouts of Linux on x86-64 and arm64. */
const AF_UNIX = 1;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
/** sun_path of struct sockaddr_un. */
const MAX_NAME_BYTES = 108;

/** A datagram socket that is connected to a name of AF_UNIX, which Node has no call for. */
export interface NotifySocket {
  /**
   * @param descriptors of this process, at most 253 (SCM_MAX_FD); the receiver gets copies
   * @throws Error with a `code`; EAGAIN while the receiver's queue is full
   */
  send(message: string, descriptors?: readonly number[]): void;
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
  const sendMessage = libc.func('long sendmsg(int, void *, int)');
  const fd: number = open(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw libc.lastError('socket');
  libc.recordOpened(fd);
  if (connect(fd, address, address.length) !== 0) {
    const error: SystemCallError = libc.lastError('connect');
    libc.close(fd);
    throw error;
  }
  return {
    send(message, descriptors = []) {
      const bytes = new TextEncoder().encode(message);
      if (descriptors.length === 0) {
        if (send(fd, bytes, bytes.length, MSG_DONTWAIT) < 0) throw libc.lastError('send');
        return;
      }
      const { header } = messageWith(bytes, descriptors, (buffer) => libc.koffi.address(buffer));
      if (sendMessage(fd, header, MSG_DONTWAIT) < 0) throw libc.lastError('sendmsg');
    },
    close: () => libc.close(fd),
  };
}

/**
 * struct msghdr with one piece of memory and the descriptors as ancillary data: sendmsg(2), cmsg(3), unix(7).
 *
 * @param addressOf the address of a buffer, which stays valid as long as the buffer is there
 * @returns the header, and what it points to, to be held until it is sent
 */
function messageWith(
  bytes: Uint8Array<ArrayBuffer>,
  descriptors: readonly number[],
  addressOf: (buffer: ArrayBuffer) => bigint,
): { header: Uint8Array; held: ArrayBuffer[] } {
  const text = bytes.slice().buffer;
  const iovec = BigUint64Array.of(addressOf(text), BigInt(bytes.length)).buffer;
  // struct cmsghdr: its length, level and type; then the descriptors, filled up to eight bytes.
  const length = 16 + 4 * descriptors.length;
  const control = new ArrayBuffer(Math.ceil(length / 8) * 8);
  new BigUint64Array(control, 0, 1).set([BigInt(length)]);
  new Int32Array(control, 8).set([SOL_SOCKET, SCM_RIGHTS, ...descriptors]);
  // msg_name, msg_namelen, msg_iov, msg_iovlen, msg_control, msg_controllen, msg_flags.
  const header = BigUint64Array.of(
    ...[0n, 0n, addressOf(iovec), 1n],
    ...[addressOf(control), BigInt(control.byteLength), 0n],
  ).buffer;
  return { header: new Uint8Array(header), held: [text, iovec, control] };
}
