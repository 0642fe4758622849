import { describe, expect, it } from 'vitest';
import type { RunCommand } from '../../../main/platform/command.ts';
import { hasTrayHost } from '../../../main/shell/tray-host.ts';
import { ProblemError } from '../../../shared/problem.ts';

/** A machine on which only these commands are installed. */
function machine(answers: Record<string, string>): { run: RunCommand; asked: string[] } {
  const asked: string[] = [];
  const run: RunCommand = async ([name = '']) => {
    asked.push(name);
    const stdout = answers[name];
    if (stdout === undefined)
      throw new ProblemError({ code: 'command-not-found', message: `${name} cannot be started.` });
    return { code: stdout === '' ? 1 : 0, stdout, stderr: '' };
  };
  return { run, asked };
}

describe('who shows tray icons on Linux', () => {
  it.each([
    ['dbus-send', '   boolean true\n', true],
    ['dbus-send', '   boolean false\n', false],
    ['gdbus', '(true,)\n', true],
    ['gdbus', '(false,)\n', false],
    ['busctl', 'PID=2410\nPPID=1\n', true],
  ])('%s says %j', async (command, stdout, expected) => {
    expect(await hasTrayHost('linux', machine({ [command]: stdout }).run)).toBe(expected);
  });

  it('the next tool is asked where one fails', async () => {
    const { run, asked } = machine({ 'dbus-send': '', gdbus: '(true,)' });
    expect(await hasTrayHost('linux', run)).toBe(true);
    expect(asked).toEqual(['dbus-send', 'gdbus']);
  });

  it('not known counts as nobody, because an icon that nobody shows cannot be clicked', async () => {
    expect(await hasTrayHost('linux', machine({}).run)).toBe(false);
  });

  it('is not asked elsewhere', async () => {
    const { run, asked } = machine({});
    expect(await hasTrayHost('darwin', run)).toBe(true);
    expect(await hasTrayHost('win32', run)).toBe(true);
    expect(asked).toEqual([]);
  });
});
