import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../../../main/platform/log/logger.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

describe('a log in a file', () => {
  it('that cannot be written loses lines and nothing else, and continues once it can', async () => {
    const file = join(folder, 'agent.log');
    await mkdir(file);
    const log = createLogger('agent', file);
    log.info('lost');
    await rm(file, { recursive: true });
    await expect
      .poll(() => {
        log.info('found');
        return textOf(file);
      })
      .toContain('"found"');
  });

  it('has the name that it was given, also by a relative path', async () => {
    const file = relative(process.cwd(), join(folder, 'agent.log'));
    createLogger('agent', file).info('here');
    await expect.poll(() => textOf(file)).toContain('"here"');
    expect(await readdir(folder)).toContain('agent.log');
  });

  it('names the part that a child logger is for, and keeps its secrets too', async () => {
    const file = join(folder, 'agent.log');
    createLogger('agent', file)
      .child({ part: 'sync' })
      .info({ answer: { token: 'eyJhbGciOi' } }, 'policy fetched');
    await expect.poll(() => textOf(file)).toContain('policy fetched');
    const line = JSON.parse((await textOf(file)).trim());
    expect(line).toMatchObject({
      component: 'agent',
      part: 'sync',
      msg: 'policy fetched',
      answer: { token: '[secret]' },
    });
  });

  it('shows what an error was, but no codes that are secret', async () => {
    const file = join(folder, 'agent.log');
    const log = createLogger('agent', file);
    log.warn({ err: Object.assign(new Error('no such file'), { code: 'ENOENT' }) }, 'not read');
    log.info({ reply: { code: 'q3Zk_81-aB' }, access_token: 'eyJhbGciOi' }, 'signed in');
    await expect.poll(() => textOf(file)).toContain('signed in');
    const [warning = '', info = ''] = (await textOf(file)).trim().split('\n');
    expect(JSON.parse(warning).err).toMatchObject({ message: 'no such file', code: 'ENOENT' });
    expect(info).not.toMatch(/q3Zk|eyJ/);
  });
});
