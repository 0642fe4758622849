import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requestsFile, type StoredRequests } from '../../../../main/agent/requests/requests-file.ts';
import { MAX_KEPT } from '../../../../main/agent/requests/requests-state.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-requests-'));
  path = join(folder, 'requests.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stored: StoredRequests = {
  target: 'hub acme mia',
  sub: 'mia',
  kept: [{ id: 'kept-1', host: 'gcr.io', at: 1 }],
  mine: [],
};

describe('the file of kept requests', () => {
  it('is readable by its user only, and is what was saved', async () => {
    const file = requestsFile(path, silentLogger());
    await file.save(stored);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await file.load()).toEqual(stored);
    await file.clear();
    expect(await file.load()).toBeNull();
  });

  it.each([
    ['nonsense', 'nonsense'],
    ['more than is ever kept', JSON.stringify({ ...stored, kept: Array(MAX_KEPT + 1).fill(stored.kept[0]) })],
    [
      'a host that is longer than any',
      JSON.stringify({ ...stored, kept: [{ id: 'x', host: 'a'.repeat(513), at: 1 }] }),
    ],
    ['of another size than any', ' '.repeat(5 * 1024 * 1024)],
  ])('that is %s counts as none', async (_what, content) => {
    await writeFile(path, content);
    expect(await requestsFile(path, silentLogger()).load()).toBeNull();
  });
});
