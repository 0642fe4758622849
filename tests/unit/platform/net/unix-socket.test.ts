import { once } from 'node:events';
import { chmod, chown, lstat, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../../../main/platform/net/listen.ts';
import { connectToOwned, listenOnSocket, prepareSocketPath } from '../../../../main/platform/net/unix-socket.ts';

const uid = process.geteuid?.() ?? 0;
const isRoot = uid === 0;
const servers: Server[] = [];
let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pc-sock-'));
  path = join(folder, 's.sock');
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

const prepare = (more: Partial<Parameters<typeof prepareSocketPath>[0]> = {}): Promise<void> =>
  prepareSocketPath({ path, uid, folderMode: 0o700, foldersToCheck: 'all', ...more });

function server(): Server {
  const made = createServer((peer) => peer.end());
  servers.push(made);
  return made;
}

/** What a process leaves that was killed while it listened. */
async function leaveDeadSocket(): Promise<void> {
  const dead = server();
  await listen(dead, { path: join(folder, 'live.sock') });
  // Closing removes the socket by its old name, which is gone.
  await rename(join(folder, 'live.sock'), path);
  dead.close();
  await once(dead, 'close');
}

describe('making room for a socket', () => {
  it('removes a socket of ours that nobody answers on', async () => {
    await leaveDeadSocket();
    expect((await lstat(path)).isSocket()).toBe(true);
    await prepare();
    await expect(lstat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('leaves one that answers', async () => {
    await listen(server(), { path });
    await expect(prepare()).rejects.toMatchObject({ fault: 'in-use' });
    expect((await lstat(path)).isSocket()).toBe(true);
  });

  it.each([
    ['file', () => writeFile(path, 'my thesis')],
    ['folder', () => mkdir(path)],
    ['link to a dead socket', () => symlink(join(folder, 'elsewhere'), path)],
  ])('leaves a %s', async (_what, put) => {
    await put();
    const before = await lstat(path);
    await expect(prepare()).rejects.toMatchObject({ fault: 'occupied' });
    expect((await lstat(path)).ino).toBe(before.ino);
  });

  it('leaves a dead socket of another user', async () => {
    await leaveDeadSocket();
    if (isRoot) await chown(path, 65_534, 65_534);
    const mine = isRoot ? {} : { uid: uid + 1 };
    // As another user than the folder's owner the folder is not trusted, so only root sees the check of the socket itself.
    await expect(prepare(mine)).rejects.toMatchObject({ fault: isRoot ? 'occupied' : 'untrusted-folder' });
    expect((await lstat(path)).isSocket()).toBe(true);
  });

  it('refuses a path that no socket can have', async () => {
    const long = join(folder, 'x'.repeat(200));
    await expect(prepare({ path: long })).rejects.toMatchObject({ fault: 'path-too-long' });
  });
});

describe('the folder of a socket', () => {
  it('is made with the mode asked for, whatever the umask', async () => {
    path = join(folder, 'run', 's.sock');
    const umask = process.umask(0o077);
    try {
      await prepare({ folderMode: 0o755 });
    } finally {
      process.umask(umask);
    }
    expect((await lstat(join(folder, 'run'))).mode & 0o777).toBe(0o755);
  });

  it('may not be writable by others', async () => {
    await chmod(folder, 0o777);
    await expect(prepare()).rejects.toMatchObject({
      fault: 'untrusted-folder',
      message: expect.stringContaining('mode 777'),
    });
  });

  it('may not lie below a folder that others can write, where an administrator chose it', async () => {
    const below = join(folder, 'run');
    await mkdir(below, { mode: 0o700 });
    await chmod(folder, 0o777);
    path = join(below, 's.sock');
    await expect(prepare()).rejects.toMatchObject({ fault: 'untrusted-folder' });
    await prepare({ foldersToCheck: 'own' });
  });

  it('may not be a link, where an administrator chose it', async () => {
    await mkdir(join(folder, 'real'), { mode: 0o700 });
    await symlink(join(folder, 'real'), join(folder, 'link'));
    path = join(folder, 'link', 's.sock');
    await expect(prepare()).rejects.toMatchObject({ fault: 'untrusted-folder' });
    await prepare({ foldersToCheck: 'own' });
  });

  it.skipIf(!isRoot)('may not be another user’s', async () => {
    await chown(folder, 65_534, 65_534);
    await expect(prepare()).rejects.toMatchObject({ fault: 'untrusted-folder' });
  });
});

describe('listening on a socket', () => {
  it('gives it its mode, and leaves the umask as it was', async () => {
    const umask = process.umask(0o022);
    try {
      await listenOnSocket(server(), path, 0o600);
      expect((await lstat(path)).mode & 0o777).toBe(0o600);
      await listenOnSocket(server(), join(folder, 'open.sock'), 0o666);
      expect((await lstat(join(folder, 'open.sock'))).mode & 0o777).toBe(0o666);
      expect(process.umask()).toBe(0o022);
    } finally {
      process.umask(umask);
    }
  });

  it('passes on why it could not', async () => {
    await writeFile(path, '');
    await expect(listenOnSocket(server(), path, 0o600)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('connecting to a socket', () => {
  it('of ours works', async () => {
    await listen(server(), { path });
    const socket = await connectToOwned(path, uid);
    socket.destroy();
  });

  it('of another user is refused before a byte is sent', async () => {
    const guest = server();
    let connections = 0;
    guest.on('connection', () => {
      connections += 1;
    });
    await listen(guest, { path });
    if (isRoot) await chown(path, 65_534, 65_534);
    await expect(connectToOwned(path, isRoot ? uid : uid + 1)).rejects.toMatchObject({ fault: 'foreign-owner' });
    expect(connections).toBe(0);
  });

  it('that is missing or dead fails with its errno', async () => {
    await expect(connectToOwned(path, uid)).rejects.toMatchObject({ code: 'ENOENT' });
    await leaveDeadSocket();
    await expect(connectToOwned(path, uid)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
