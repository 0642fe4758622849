import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rootOnly, userOrRoot } from '../../../main/managed-config/owner-and-mode.ts';
import { type FileSystem, readTrustedFile, realFileSystem } from '../../../main/managed-config/trusted-file.ts';

const run = promisify(execFile);
/** Nobody's: a user by number only, so that nothing has to be added to the machine's users. */
const MIA = 64_123;
const content = '{"allowedOrgs":["acme"]}';

/** Runs a shell command as the unprivileged user. */
const asMia = (command: string, cwd = '/') => run('/bin/sh', ['-c', command], { uid: MIA, gid: MIA, cwd, env: {} });

let base: string;
let folder: string;
let file: string;

/** For root only: what is tested is exactly that another user's doings do not count. */
describe.skipIf(process.getuid?.() !== 0)('a file that only root can have written', () => {
  beforeEach(async () => {
    // Under /tmp, which everybody can write and whose sticky bit makes it safe all the same.
    base = await mkdtemp('/tmp/portcullis-trust-');
    await chmod(base, 0o755);
    folder = join(base, 'place');
    file = join(folder, 'registry.json');
    await mkdir(folder, { mode: 0o755 });
    await writeFile(file, content, { mode: 0o644 });
  });
  afterEach(async () => {
    await rm(base, { recursive: true, force: true });
  });

  const read = (fs?: FileSystem, path = file) => readTrustedFile(path, rootOnly, 1024, fs);
  const codes = async (fs?: FileSystem, path = file) => {
    const outcome = await read(fs, path);
    if (outcome.kind === 'untrusted') return outcome.problems.map(({ code }) => code);
    return outcome.kind === 'unreadable' ? [outcome.problem.code] : outcome.kind;
  };

  it('is read, and the user really cannot change, replace, remove or rename it', async () => {
    for (const attempt of [
      `echo x > ${file}`,
      `rm -f ${file}`,
      `mv ${file} ${file}.old`,
      `mv ${folder} ${base}/other`,
      `mv ${base} ${base}.old`,
      `touch ${folder}/new`,
    ]) {
      await expect(asMia(attempt), attempt).rejects.toThrow(/Permission denied|not permitted/);
    }
    expect(await read()).toMatchObject({ kind: 'trusted', bytes: Buffer.from(content) });
  });

  it('is absent where it is not there, or its folder is not', async () => {
    await unlink(file);
    expect(await codes()).toBe('absent');
    await rm(folder, { recursive: true });
    expect(await codes()).toBe('absent');
  });

  it.each([
    ['belongs to the user', async () => chown(file, MIA, MIA), 'wrong-owner'],
    ['can be written by a group', async () => chmod(file, 0o664), 'writable-by-others'],
    ['can be written by everybody', async () => chmod(file, 0o646), 'writable-by-others'],
    ['lies in a folder of the user', async () => chown(folder, MIA, MIA), 'wrong-owner'],
    ['lies in a folder that a group can write', async () => chmod(folder, 0o775), 'writable-by-others'],
    ['lies in a folder that everybody can write', async () => chmod(folder, 0o757), 'writable-by-others'],
    ['lies below a folder of the user', async () => chown(base, MIA, MIA), 'wrong-owner'],
    ['lies below a folder that everybody can write', async () => chmod(base, 0o777), 'writable-by-others'],
    [
      'lies in a sticky folder that is not root’s',
      async () => {
        await chmod(folder, 0o1777);
        await chown(folder, MIA, MIA);
      },
      'wrong-owner',
    ],
  ])('does not count where it %s', async (_how, harm, code) => {
    await harm();
    expect(await codes()).toContain(code);
  });

  it('counts in a sticky folder of root, but not if the user made it there', async () => {
    await chmod(folder, 0o1777);
    expect(await codes()).toBe('trusted');
    await unlink(file);
    await asMia(`echo '${content}' > ${file}`);
    expect(await codes()).toEqual(['wrong-owner']);
  });

  it.each([
    ['a link to a good file', () => symlink(join(base, 'good.json'), file)],
    ['a link to nothing', () => symlink(join(base, 'nothing'), file)],
    ['a pipe', () => run('mkfifo', [file])],
    ['a device', () => run('mknod', [file, 'c', '1', '3'])],
    ['a folder', () => mkdir(file)],
  ])('is not read where there is %s in its place', async (_what, make) => {
    await writeFile(join(base, 'good.json'), content);
    await unlink(file);
    await make();
    expect(await codes()).toEqual(['not-a-regular-file']);
  });

  it('is not read where there is a socket in its place', async () => {
    await unlink(file);
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer().listen(file, () => resolve(listening));
    });
    try {
      expect(await codes()).toEqual(['not-a-regular-file']);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it('is reached through a linked folder only if the link is root’s', async () => {
    await symlink(folder, join(base, 'link'));
    expect(await codes(undefined, join(base, 'link', 'registry.json'))).toBe('trusted');
    await chmod(base, 0o1777);
    await asMia(`ln -s ${folder} ${base}/hers`);
    expect(await codes(undefined, join(base, 'hers', 'registry.json'))).toEqual(['link-in-path']);
    await chown(folder, MIA, MIA);
    expect(await codes(undefined, join(base, 'link', 'registry.json'))).toContain('wrong-owner');
  });

  it('is not read beyond its bound', async () => {
    await writeFile(file, 'x'.repeat(1025));
    expect(await read()).toMatchObject({ kind: 'too-large', problem: { code: 'file-too-large' } });
  });

  it('cannot be read by a user whom the mode shuts out, which is not the same as absent', async () => {
    await chmod(folder, 0o700);
    const outcome = await run(process.execPath, ['-e', readAsMia(file)]);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ kind: 'unreadable', failure: 'io' });
  });

  describe('when something is put in its place between check and read', () => {
    /** The real file system, in which something happens once at the given moment. */
    const swapping = (
      moment: 'before-open' | 'after-open',
      swap: () => Promise<unknown>,
      always = false,
    ): FileSystem => {
      let done = false;
      const once = async () => {
        if (done && !always) return;
        done = true;
        await swap();
      };
      return {
        ...realFileSystem,
        async open(path, flags) {
          if (moment === 'before-open') await once();
          const opened = await realFileSystem.open(path, flags);
          if (moment === 'after-open') await once();
          return opened;
        },
      };
    };
    /** The user's own file, over the good one: she can do that as long as the folder is hers. */
    const hers = async () => {
      await chown(folder, MIA, MIA);
      await asMia(`echo '{"allowedOrgs":["hers"]}' > ${folder}/new && mv -f ${folder}/new ${file}`);
      await chown(folder, 0, 0);
    };

    it.each(['before-open', 'after-open'] as const)('does not take a file of the user, %s', async (moment) => {
      expect(await codes(swapping(moment, hers))).toEqual(['wrong-owner']);
    });

    it('does not follow a link', async () => {
      const link = async () => {
        await unlink(file);
        await symlink('/etc/passwd', file);
      };
      expect(await codes(swapping('before-open', link))).toEqual(['not-a-regular-file']);
    });

    it('does not wait for a pipe', async () => {
      const pipe = async () => {
        await unlink(file);
        await run('mkfifo', [file]);
      };
      expect(await codes(swapping('before-open', pipe))).toEqual(['not-a-regular-file']);
    });

    it('takes root’s new file whole, not half of each', async () => {
      const other = '{"allowedOrgs":["globex"]}';
      const replace = async () => {
        await writeFile(join(folder, 'new'), other);
        await rename(join(folder, 'new'), file);
      };
      expect(await read(swapping('after-open', replace))).toMatchObject({ kind: 'trusted', bytes: Buffer.from(other) });
      const inPlace = () => writeFile(file, `${content}\n`);
      expect(await read(swapping('after-open', inPlace))).toMatchObject({
        kind: 'trusted',
        bytes: Buffer.from(`${content}\n`),
      });
    });

    it('notices a mode that changed while it was read', async () => {
      expect(await codes(swapping('after-open', () => chmod(file, 0o666)))).toEqual(['writable-by-others']);
    });

    it('does not look for ever at a file that keeps changing', async () => {
      let turn = 0;
      const replace = async () => {
        turn += 1;
        await writeFile(join(folder, 'new'), `${content}${' '.repeat(turn)}`);
        await rename(join(folder, 'new'), file);
      };
      expect(await codes(swapping('after-open', replace, true))).toEqual(['file-changing']);
    });

    it('gives back every file descriptor', async () => {
      let opened = 0;
      const counting: FileSystem = {
        ...realFileSystem,
        async open(path, flags) {
          const handle = await realFileSystem.open(path, flags);
          opened += 1;
          return {
            ...handle,
            close: async () => {
              opened -= 1;
              await handle.close();
            },
          };
        },
      };
      await read(counting);
      await chmod(file, 0o666);
      await read(counting);
      await writeFile(file, 'x'.repeat(2000));
      await read(counting);
      expect(opened).toBe(0);
    });
  });

  describe('for a trial, where the user’s own files do', () => {
    const trial = (user = { uid: MIA, gid: MIA }) => readTrustedFile(file, userOrRoot(user), 1024);

    it('counts from root and from the user, with the group that only the user is in', async () => {
      expect((await trial()).kind).toBe('trusted');
      await chown(file, MIA, MIA);
      await chown(folder, MIA, MIA);
      await chmod(file, 0o664);
      await chmod(folder, 0o775);
      expect((await trial()).kind).toBe('trusted');
    });

    it('does not count from another user, another group, or where everybody can write', async () => {
      await chown(file, MIA + 1, MIA);
      expect((await trial()).kind).toBe('untrusted');
      await chown(file, MIA, MIA + 1);
      await chmod(file, 0o664);
      expect((await trial()).kind).toBe('untrusted');
      await chmod(file, 0o646);
      expect((await trial()).kind).toBe('untrusted');
      await chmod(file, 0o644);
      await chmod(folder, 0o757);
      expect((await trial()).kind).toBe('untrusted');
      expect((await lstat(folder)).mode & 0o777).toBe(0o757);
    });
  });
});

/** A program that becomes the user, once it is loaded (she may not be able to read this folder), and prints the outcome. */
function readAsMia(path: string): string {
  const module = new URL('../../../main/managed-config/', import.meta.url).href;
  return `
    const { readTrustedFile } = await import(${JSON.stringify(`${module}trusted-file.ts`)});
    const { rootOnly } = await import(${JSON.stringify(`${module}owner-and-mode.ts`)});
    process.setgroups([]);
    process.setgid(${MIA});
    process.setuid(${MIA});
    console.log(JSON.stringify(await readTrustedFile(${JSON.stringify(path)}, rootOnly, 1024)));`;
}
