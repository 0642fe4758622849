import { describe, expect, it } from 'vitest';
import { createEachSecond, type SeenPage } from '../../../renderer/ui/each-second.ts';

function stage() {
  let visibilityState: SeenPage['visibilityState'] = 'visible';
  let changed = (): void => undefined;
  const running = new Set<() => void>();
  const eachSecond = createEachSecond(
    {
      get visibilityState() {
        return visibilityState;
      },
      addEventListener: (_type, listener) => {
        changed = listener;
      },
    },
    {
      start(tick) {
        running.add(tick);
        return () => running.delete(tick);
      },
    },
  );
  const told: string[] = [];
  return {
    told,
    running,
    listen: (name: string) => eachSecond(() => told.push(name)),
    second() {
      for (const tick of running) tick();
    },
    become(state: SeenPage['visibilityState']) {
      visibilityState = state;
      changed();
    },
  };
}

describe('each second', () => {
  it('all are told by one timer, which ends with the last of them', () => {
    const { told, running, listen, second } = stage();
    expect(running.size).toBe(0);
    const first = listen('age');
    const other = listen('title');
    expect(running.size).toBe(1);
    second();
    expect(told).toEqual(['age', 'title']);
    first();
    second();
    expect(told).toEqual(['age', 'title', 'title']);
    other();
    expect(running.size).toBe(0);
  });

  it('nothing runs while nobody sees the page, and all are told as soon as somebody does', () => {
    const { told, running, listen, become } = stage();
    listen('age');
    become('hidden');
    expect([running.size, told]).toEqual([0, []]);
    listen('later');
    expect(running.size).toBe(0);
    become('visible');
    expect([running.size, told]).toEqual([1, ['age', 'later']]);
  });
});
