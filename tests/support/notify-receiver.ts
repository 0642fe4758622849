import { closeSync } from 'node:fs';
import { openLibc } from '../../main/gateway/native/libc.ts';
import { socketName } from '../../main/gateway/native/notify-socket.ts';
import { MAX_DESCRIPTORS } from '../../main/gateway/native/open-descriptors.ts';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_CMSG_CLOEXEC = 0x40000000;

export interface NotifyReceiver {
  /** What came in since the last call, in order, without what is in the store. */
  read(): string[];
  /** What it keeps, as systemd's store of descriptors does: by name, in the order in which they came. Reads what came in. */
  store(): { name: string; fd: number }[];
  close(): void;
}

/** A datagram socket such as systemd opens for its services. @returns null where koffi is not to be had. */
export async function openNotifyReceiver(name: string): Promise<NotifyReceiver | null> {
  const libc = await openLibc(new Uint8Array(MAX_DESCRIPTORS), process.platform, process.arch);
  if (libc === null) return null;
  const address = socketName(name);
  const socket: number = libc.func('int socket(int, int, int)')(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) throw libc.lastError('socket');
  const bound: number = libc.func('int bind(int, void *, unsigned int)')(socket, address, address.length);
  if (bound !== 0) throw libc.lastError('bind');
  const receive = libc.func('long recvmsg(int, void *, int)');
  const addressOf = (buffer: ArrayBuffer): bigint => libc.koffi.address(buffer);
  const text = new ArrayBuffer(4096);
  const control = new ArrayBuffer(1024);
  const iovec = BigUint64Array.of(addressOf(text), BigInt(text.byteLength)).buffer;

  const messages: string[] = [];
  let kept: { name: string; fd: number }[] = [];
  const drain = (): void => {
    for (;;) {
      // struct msghdr, which the call overwrites.
      const header = BigUint64Array.of(
        ...[0n, 0n, addressOf(iovec), 1n],
        ...[addressOf(control), BigInt(control.byteLength), 0n],
      );
      const length = Number(receive(socket, new Uint8Array(header.buffer), MSG_DONTWAIT | MSG_CMSG_CLOEXEC));
      if (length < 0) return;
      const message = Buffer.from(text, 0, length).toString('utf8');
      const fields = new Map(message.split('\n').map((line) => line.split('=', 2) as [string, string]));
      const of = fields.get('FDNAME') ?? '';
      if (fields.has('FDSTORE')) {
        const count = (Number(new BigUint64Array(control, 0, 1)[0]) - 16) / 4;
        for (const fd of new Int32Array(control, 16, header[5] === 0n ? 0 : count)) kept.push({ name: of, fd });
      } else if (fields.has('FDSTOREREMOVE')) {
        for (const { name: each, fd } of kept) if (each === of) closeSync(fd);
        kept = kept.filter((each) => each.name !== of);
      } else {
        messages.push(message);
      }
    }
  };
  // Whoever asks it to let go of something waits until it has.
  const draining = setInterval(drain, 20);
  return {
    read() {
      drain();
      return messages.splice(0);
    },
    store() {
      drain();
      return [...kept];
    },
    close() {
      clearInterval(draining);
      for (const { fd } of kept) closeSync(fd);
      libc.close(socket);
    },
  };
}
