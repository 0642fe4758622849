import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const isRoot = process.getuid?.() === 0;

/** fanotify(7): whoever opens the file waits for an answer, which never comes, as in a file system that hangs. */
function hang(file: string): Disposable {
  const library = koffi.load(null);
  const init = library.func('int fanotify_init(unsigned int flags, unsigned int event_f_flags)');
  const mark = library.func(
    'int fanotify_mark(int fd, unsigned int flags, uint64_t mask, int dirfd, const char *path)',
  );
  const close = library.func('int close(int fd)');
  const [FAN_CLASS_CONTENT, FAN_CLOEXEC, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD] = [4, 1, 1, 0x10000, -100];
  const descriptor = init(FAN_CLASS_CONTENT | FAN_CLOEXEC, 0);
  expect(descriptor).toBeGreaterThan(0);
  expect(mark(descriptor, FAN_MARK_ADD, FAN_OPEN_PERM, AT_FDCWD, file)).toBe(0);
  return { [Symbol.dispose]: () => void close(descriptor) };
}

describe.runIf(isRoot && process.platform === 'linux')('a file whose file system does not answer', () => {
  let gateway: TestGateway;
  let folder: string;
  beforeEach(async () => {
    gateway = await startGateway();
    folder = await mkdtemp(join(tmpdir(), 'portcullis-hang-'));
  });
  afterEach(async () => {
    await gateway.stop();
    await rm(folder, { recursive: true });
  });

  it('keeps nobody else from programming, nor the gateway from working, however many are offered', async () => {
    const files = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const file = join(folder, `policy-${index}.jws`);
        await writeFile(file, await gateway.signer.policy({ revision: 9 }));
        return file;
      }),
    );
    const held = files.map(hang);
    try {
      const stranger = await gateway.openControl();
      const offers = files.map((policyFile) =>
        stranger.call('program', { policyFile, membershipFile: policyFile }).catch((error: unknown) => error),
      );
      const membership = await gateway.signer.membership({ org: 'acme' });
      // Behind them, in the message: it waits for the two that are let hang, and no longer.
      const { revision } = await gateway.programTexts(await gateway.signer.policy({ revision: 2 }), membership);
      expect(revision).toBe(2);
      const { status, socket } = await gateway.connect('blocked.example:443');
      expect(status).toBe(403);
      socket.destroy();
      expect((await gateway.status()).policy).toMatchObject({ revision: 2 });
      const refusals = await Promise.all(offers);
      for (const refusal of refusals) expect(String(refusal)).toMatch(/policy-unreadable|busy/);
      stranger.close();
    } finally {
      for (const each of held) each[Symbol.dispose]();
    }
    // And once they answer, which is a moment later, files count again; what was refused stays refused.
    const again = () => gateway.program({ revision: 3 }).catch(({ problem }) => problem);
    await expect.poll(again, { timeout: 60_000 }).toMatchObject({ revision: 3 });
    expect((await gateway.status()).policy).toMatchObject({ revision: 3 });
  });
});
