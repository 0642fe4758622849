import { describe, expect, it } from 'vitest';
import { createTicker, type SeenPage } from '../../../renderer/ui/ticker.ts';

function stage() {
  let visibilityState: SeenPage['visibilityState'] = 'visible';
  let changed = (): void => undefined;
  const running = new Set<() => void>();
  const ticker = createTicker(
    {
      get visibilityState() {
        return visibilityState;
      },
      addEventListener: (_type, listener) => {
        changed = listener;
      },
    },
    10_000,
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
    listen: (name: string) => ticker(() => told.push(name)),
    tick() {
      for (const each of running) each();
    },
    become(state: SeenPage['visibilityState']) {
      visibilityState = state;
      changed();
    },
  };
}

describe('a ticker', () => {
  it('all are told by one timer, which ends with the last of them', () => {
    const { told, running, listen, tick } = stage();
    expect(running.size).toBe(0);
    const first = listen('age');
    const other = listen('title');
    expect(running.size).toBe(1);
    tick();
    expect(told).toEqual(['age', 'title']);
    first();
    tick();
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
