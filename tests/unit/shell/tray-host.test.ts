import { describe, expect, it } from 'vitest';
import type { CommandResult, RunCommand } from '../../../main/platform/process/run-command.ts';
import { awaitTrayHost, hasTrayHost, whenTrayHost } from '../../../main/shell/tray-host.ts';
import { manualClock } from '../../support/manual-clock.ts';

function exited(code: number, stdout: string): CommandResult {
  return { kind: 'exited', code, stdout: Buffer.from(stdout), stderr: Buffer.alloc(0) };
}

/** A machine on which only these commands are installed. */
function machine(answers: Record<string, string>): { run: RunCommand; asked: string[] } {
  const asked: string[] = [];
  const run: RunCommand = async ([name = '']) => {
    asked.push(name);
    const stdout = answers[name];
    if (stdout === undefined) return { kind: 'failed', errno: 'ENOENT', cause: `spawn ${name} ENOENT` };
    return exited(stdout === '' ? 1 : 0, stdout);
  };
  return { run, asked };
}

describe('who shows tray icons on Linux', () => {
  it.each([
    ['dbus-send', '   boolean true\n', 'shown'],
    ['dbus-send', '   boolean false\n', 'not-shown'],
    ['gdbus', '(true,)\n', 'shown'],
    ['gdbus', '(false,)\n', 'not-shown'],
    ['busctl', 'b true\n', 'shown'],
    ['busctl', 'b false\n', 'not-shown'],
  ])('%s says %j', async (command, stdout, expected) => {
    expect(await hasTrayHost('linux', machine({ [command]: stdout }).run)).toBe(expected);
  });

  it('the next tool is asked where one fails', async () => {
    const { run, asked } = machine({ 'dbus-send': '', gdbus: '(true,)' });
    expect(await hasTrayHost('linux', run)).toBe('shown');
    expect(asked).toEqual(['dbus-send', 'gdbus']);
  });

  it.each([
    ['without a session bus', { 'dbus-send': '', gdbus: '', busctl: '' }],
    ['without a tool that could ask', {}],
  ])('cannot be known %s', async (_case, answers) => {
    expect(await hasTrayHost('linux', machine(answers).run)).toBe('unanswered');
  });

  it('a bus that does not answer may still come up; it is not asked by all tools in turn', async () => {
    const asked: string[] = [];
    const run: RunCommand = async ([name = '']) => {
      asked.push(name);
      return { kind: 'failed', errno: null, cause: 'no answer within 3 s' };
    };
    expect(await hasTrayHost('linux', run)).toBe('not-shown');
    expect(asked).toEqual(['dbus-send']);
  });

  it('is not asked elsewhere', async () => {
    const { run, asked } = machine({});
    expect(await hasTrayHost('darwin', run)).toBe('shown');
    expect(await hasTrayHost('win32', run)).toBe('shown');
    expect(asked).toEqual([]);
  });
});

describe('at login', () => {
  /** Lets as many seconds pass as it takes, for as long as it is asked. */
  async function waited(answers: (second: number) => boolean | 'no bus'): Promise<{ found: string; seconds: number }> {
    const clock = manualClock();
    const run: RunCommand = async () => {
      const answer = answers(clock.monotonic() / 1_000);
      return answer === 'no bus' ? exited(1, '') : exited(0, `boolean ${answer}`);
    };
    let found: string | undefined;
    void awaitTrayHost('linux', run, clock).then((answer) => {
      found = answer;
    });
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (found !== undefined) return { found, seconds: clock.monotonic() / 1_000 };
      clock.advance(1_000);
    }
  }

  it('a desktop that is still being set up is waited for', async () => {
    expect(await waited(() => true)).toEqual({ found: 'shown', seconds: 0 });
    expect(await waited((second) => second >= 4)).toEqual({ found: 'shown', seconds: 4 });
  });

  it('but not for ever', async () => {
    expect(await waited(() => false)).toEqual({ found: 'not-shown', seconds: 10 });
  });

  it('not at all where there is no session bus, on which it could announce itself', async () => {
    expect(await waited(() => 'no bus')).toEqual({ found: 'unanswered', seconds: 0 });
    expect(await waited((second) => second >= 2 && 'no bus')).toEqual({ found: 'unanswered', seconds: 2 });
  });
});

it('a host that comes later is found within fifteen seconds, and then nobody asks any more', async () => {
  const clock = manualClock();
  const run: RunCommand = async () => exited(0, `boolean ${clock.monotonic() >= 40_000}`);
  let found = 0;
  whenTrayHost('linux', run, clock, () => {
    found += 1;
  });
  const after = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
    return found;
  };
  expect(await after(15_000)).toBe(0);
  expect(await after(15_000)).toBe(0);
  expect(await after(15_000)).toBe(1);
  expect(clock.pending()).toEqual([]);
});
