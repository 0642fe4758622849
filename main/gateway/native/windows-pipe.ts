import { Socket } from 'node:net';
import { SocketError } from '../../platform/net/unix-socket.ts';
import { openWindowsCalls, type WindowsCalls } from './windows-calls.ts';
import { type WindowsSecurity, windowsSecurity } from './windows-security.ts';
import { ADMINISTRATORS, ownerOf, PIPE_CLIENT_RIGHTS, pipeAccess, SYSTEM, serviceSid } from './windows-sid.ts';

/** The gateway's service; its account is `NT SERVICE\` and this name. */
export const SERVICE_NAME = 'PortcullisGateway';

const READ_CONTROL = 0x20000;
const WRITE_DAC = 0x40000;
const WRITE_OWNER = 0x80000;
const SYNCHRONIZE = 0x100000;
const OPEN_EXISTING = 3;
const FLAG_OVERLAPPED = 0x40000000;
/** Whoever serves the pipe may learn who we are, and not act in our name. */
const IDENTIFICATION_ONLY = 0x110000;
const INVALID_HANDLE = -1n;
const ERROR_PIPE_BUSY = 231;
const BUSY_MS = 5_000;
const BUSY_TRIES = 6;
/** As Node names what libuv returns for these. */
const CODES: Readonly<Record<number, string>> = { 2: 'ENOENT', 5: 'EACCES', [ERROR_PIPE_BUSY]: 'EBUSY' };

interface Pipes {
  security: WindowsSecurity;
  open(path: string, rights: number): Promise<bigint>;
  close(handle: bigint): void;
  /** A descriptor of Node's, which owns the handle from then on. */
  descriptorOf(handle: bigint): number;
}

/**
 * Lets only those open a pipe who may, by an access list of its own, and makes this process's account its owner. Node gives a pipe the
 * access list of Windows, by which others can read from it but neither write nor serve it; that stays where koffi is missing.
 *
 * @param path of a pipe that this process serves
 * @returns whether it was done
 * @throws Error with Windows' number as its `code`, or where the access list is not what was set
 */
export async function restrictPipe(path: string, who: 'everyone-here' | 'administrators'): Promise<boolean> {
  const pipes = await openPipes();
  if (pipes === null) return false;
  const { security } = pipes;
  const own = security.ownSid();
  const list = pipeAccess(own, who);
  const handle = await pipes.open(path, READ_CONTROL | WRITE_DAC | WRITE_OWNER | SYNCHRONIZE);
  try {
    security.setPipe(handle, `O:${own}${list}`);
    const found = security.ofPipe(handle);
    if (!isSameList(found, list)) throw new Error(`the access list of ${path} is ${found}`);
  } finally {
    pipes.close(handle);
  }
  return true;
}

/** Windows writes the same list with aliases, and in this order. */
export function isSameList(found: string, wanted: string): boolean {
  const plain = (sddl: string): string =>
    sddl
      .slice(sddl.indexOf('D:'))
      .replaceAll(`;;;${SYSTEM})`, ';;;SY)')
      .replaceAll(`;;;${ADMINISTRATORS})`, ';;;BA)')
      .replaceAll('0x1f01ff', 'FA');
  return plain(found) === plain(wanted);
}

/**
 * Connects to a pipe that the system, an administrator, the gateway's service or this account serves. It is the open pipe itself whose
 * owner is asked for, so nobody can exchange it before the first word.
 *
 * @throws SocketError `foreign-owner`; Error with the code `ENOENT` where nobody serves it, `EACCES`, `EBUSY`, or `ENOTSUP` where koffi is
 *   missing: without it nobody knows whose pipe it is
 */
export async function openOwnedPipe(path: string): Promise<Socket> {
  const pipes = await openPipes();
  if (pipes === null) {
    throw Object.assign(new Error(`${path}: its owner cannot be asked for without koffi`), { code: 'ENOTSUP' });
  }
  const handle = await pipes.open(path, PIPE_CLIENT_RIGHTS);
  try {
    const owner = ownerOf(pipes.security.ofPipe(handle));
    const trusted = [SYSTEM, ADMINISTRATORS, serviceSid(SERVICE_NAME), pipes.security.ownSid()];
    if (owner === null || !trusted.includes(owner)) {
      throw new SocketError('foreign-owner', `${path} belongs to ${owner ?? 'nobody'}`);
    }
  } catch (error) {
    pipes.close(handle);
    throw error;
  }
  return new Socket({ fd: pipes.descriptorOf(handle), readable: true, writable: true });
}

async function openPipes(): Promise<Pipes | null> {
  const calls = await openWindowsCalls();
  return calls === null ? null : pipesBy(calls);
}

function pipesBy(calls: WindowsCalls): Pipes {
  const create = calls.func(
    'kernel32',
    'int64_t CreateFileW(str16 name, uint32_t access, uint32_t share, void *security, uint32_t how, uint32_t flags, void *template)',
  );
  const waitFor = calls.func('kernel32', 'int WaitNamedPipeW(str16 name, uint32_t ms)');
  const close = calls.func('kernel32', 'int CloseHandle(int64_t handle)');
  const toDescriptor = calls.ownFunc('int uv_open_osfhandle(int64_t handle)');
  return {
    security: windowsSecurity(calls),
    async open(path, rights) {
      const flags = FLAG_OVERLAPPED | IDENTIFICATION_ONLY;
      for (let tries = BUSY_TRIES; ; tries -= 1) {
        const handle = BigInt(create(path, rights, 0, null, OPEN_EXISTING, flags, null));
        if (handle !== INVALID_HANDLE) return handle;
        const error = calls.lastError('CreateFile');
        // All that the server has ready are taken; it makes more as it accepts them.
        if (error.code !== ERROR_PIPE_BUSY || tries === 0) {
          throw Object.assign(error, { code: CODES[error.code] ?? `WINDOWS_${error.code}` });
        }
        await new Promise<void>((done) => waitFor.async(path, BUSY_MS, () => done()));
      }
    },
    close: (handle) => void close(handle),
    descriptorOf(handle) {
      const fd: number = toDescriptor(handle);
      if (fd < 0) {
        close(handle);
        throw new Error('no descriptor is left');
      }
      return fd;
    },
  };
}
