import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { logFile, TRY_AGAIN_AFTER_MS } from '../../../main/platform/log-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

describe('a log in a file', () => {
  it('holds what is written, line by line', async () => {
    const file = join(folder, 'agent.log');
    const log = logFile(file, { now: () => 0, otherwise: () => undefined });
    log.write('{"msg":"one"}\n');
    log.write('{"msg":"two"}\n');
    await vi.waitFor(async () => expect(await textOf(file)).toBe('{"msg":"one"}\n{"msg":"two"}\n'));
  });

  it('that cannot be written ends nobody: its lines go elsewhere until it can be', async () => {
    // A file where its folder should be; the tests' user may be root, whom no mode keeps out.
    const place = join(folder, 'logs');
    await writeFile(place, 'in the way');
    const elsewhere: string[] = [];
    let now = 0;
    const log = logFile(join(place, 'agent.log'), { now: () => now, otherwise: (line) => elsewhere.push(line) });
    log.write('{"msg":"one"}\n');
    await vi.waitFor(() => expect(elsewhere.join('')).toContain('the log file cannot be written'));
    log.write('{"msg":"two"}\n');
    expect(elsewhere.at(-1)).toBe('{"msg":"two"}\n');

    await rm(place);
    now += TRY_AGAIN_AFTER_MS;
    log.write('{"msg":"three"}\n');
    await vi.waitFor(async () => expect(await textOf(join(place, 'agent.log'))).toBe('{"msg":"three"}\n'));
  });
});
