import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type Keyboard, listenForKeys } from '../../../main/demo/keys.ts';

function terminal() {
  const emitter = new EventEmitter();
  const raw: boolean[] = [];
  const keyboard: Keyboard = {
    isTTY: true,
    setRawMode: (on) => raw.push(on),
    on: (event, listener) => emitter.on(event, listener),
    off: (event, listener) => emitter.off(event, listener),
    resume: () => undefined,
    pause: () => undefined,
  };
  return { keyboard, raw, press: (keys: string) => emitter.emit('data', Buffer.from(keys)) };
}

describe('the keys of the demo', () => {
  it('call what belongs to them, in either case, and nothing for any other', () => {
    const { keyboard, press } = terminal();
    let opened = 0;
    let interrupted = 0;
    listenForKeys(keyboard, { d: () => (opened += 1) }, () => (interrupted += 1));
    for (const keys of ['d', 'D', 'x', 'toString', '\r']) press(keys);
    expect([opened, interrupted]).toEqual([2, 0]);
  });

  it('still end the demo with Ctrl-C, for which such a terminal sends no signal', () => {
    const { keyboard, press } = terminal();
    let interrupted = 0;
    listenForKeys(keyboard, {}, () => (interrupted += 1));
    press('\u0003');
    expect(interrupted).toBe(1);
  });

  it('give the terminal back as it was', () => {
    const { keyboard, raw, press } = terminal();
    let opened = 0;
    listenForKeys(keyboard, { d: () => (opened += 1) }, () => undefined)?.();
    press('d');
    expect([raw, opened]).toEqual([[true, false], 0]);
  });

  it('are not listened for where there is no terminal', () => {
    expect(listenForKeys({ ...terminal().keyboard, isTTY: false }, {}, () => undefined)).toBeNull();
  });
});
