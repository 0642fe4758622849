import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTransitionLog } from '../../../main/agent/transition-log.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { inputsFor, snapshotOf } from '../../support/snapshots.ts';

const DAY = 24 * 3_600_000;
const state = (id: keyof typeof inputsFor) => snapshotOf(inputsFor[id]).state;

describe('the log of transitions', () => {
  let folder: string;
  let file: string;
  let clock: ManualClock;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-transitions-'));
    file = join(folder, 'transitions.json');
    clock = manualClock();
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function open() {
    const log = createTransitionLog(file, clock, silentLogger());
    await log.load();
    return log;
  }

  it('notes each change once, the newest first, and knows it after a restart', async () => {
    const log = await open();
    for (const id of ['starting', 'sign-in-required', 'sign-in-required', 'enforcing'] as const) log.note(state(id));
    await log.flush();
    const again = await open();
    expect(again.entries().map(({ from, to, code }) => [from, to, code])).toEqual([
      ['sign-in-required', 'enforcing', 'P-ENFORCING'],
      ['starting', 'sign-in-required', 'P-SIGN-IN'],
    ]);
  });

  it('forgets after seven days', async () => {
    const log = await open();
    log.note(state('locked'));
    clock.advance(7 * DAY + 1);
    log.note(state('enforcing'));
    expect(log.entries().map(({ to }) => to)).toEqual(['enforcing']);
    await log.flush();
  });

  it('begins anew where its file is damaged', async () => {
    await writeFile(file, '[{"at":');
    const log = await open();
    expect(log.entries()).toEqual([]);
    log.note(state('locked'));
    await log.flush();
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveLength(1);
  });
});
