import { describe, expect, it, vi } from 'vitest';
import { createLongList, lineOf, PAGE_SIZE } from '../../../../renderer/panel/stores/long-list.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import type { RegistryRow } from '../../../../shared/schemas/ipc-schema.ts';
import { listOf } from '../../../support/panel-data.ts';
import { playConnection } from '../../../support/played-connection.ts';

function rows(count: number, prefix = 'r'): RegistryRow[] {
  return Array.from({ length: count }, (_, index) => ({
    address: `${prefix}${index}.example`,
    nickname: null,
    known: null,
    problem: null,
    notices: [],
    companions: [],
  }));
}

function listServing(handler: ReturnType<typeof listOf>) {
  const asked = vi.fn(handler);
  const list = createLongList(playConnection({ 'registries.list': asked }), 'registries.list');
  return {
    list,
    asked,
    offsets: () => asked.mock.calls.map(([{ offset }]) => offset),
    settled: () =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (list.store.getState().loading) return;
          stop();
          resolve();
        };
        const stop = list.store.subscribe(look);
        look();
      }),
    line: (index: number) => lineOf(list.store.getState(), index)?.address ?? null,
  };
}

describe('a long list', () => {
  it('fetches nothing until somebody looks, and then what is in sight', async () => {
    const { list, asked, offsets, settled, line } = listServing(listOf(rows(1_000)));
    list.refresh();
    expect(asked).not.toHaveBeenCalled();
    list.show(0, 20);
    await settled();
    expect(list.store.getState()).toMatchObject({ total: 1_000, loaded: true, problem: null });
    expect([line(0), line(99), line(100)]).toEqual(['r0.example', 'r99.example', null]);
    list.show(5, 30);
    expect(offsets()).toEqual([0]);
  });

  it('jumps to any place without what lies between', async () => {
    const { list, offsets, settled, line } = listServing(listOf(rows(100_000)));
    list.show(0, 20);
    await settled();
    list.show(99_980, 100_000);
    await settled();
    expect(line(99_999)).toBe('r99999.example');
    expect(offsets()).toEqual([0, 99_900]);
  });

  it('fetches both pages where what is in sight lies across two', async () => {
    const { list, settled, line } = listServing(listOf(rows(300)));
    list.show(95, 115);
    await settled();
    expect([line(95), line(114)]).toEqual(['r95.example', 'r114.example']);
  });

  it('goes on to where one has scrolled while a page was under way', async () => {
    const { list, settled, line } = listServing(listOf(rows(10_000)));
    list.show(0, 20);
    list.show(5_000, 5_020);
    await settled();
    expect(line(5_010)).toBe('r5010.example');
  });

  it('keeps a bounded part of it', async () => {
    const { list, settled, line } = listServing(listOf(rows(10_000)));
    for (let from = 0; from < 10_000; from += PAGE_SIZE) {
      list.show(from, from + 20);
      await settled();
    }
    expect(list.store.getState().pages.size).toBeLessThanOrEqual(40);
    expect([line(0), line(9_919)]).toEqual([null, 'r9919.example']);
  });

  it('shows the answer to the last question, in whatever order answers come', async () => {
    const serve = listOf([...rows(3, 'slow'), ...rows(3, 'quick')]);
    let release = () => {};
    const { list, settled, line } = listServing(async (args) => {
      if (args.query === 'slow') {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return serve(args);
    });
    list.show(0, 20);
    await settled();
    list.search('slow');
    list.search('quick');
    await settled();
    release();
    await Promise.resolve();
    expect(list.store.getState()).toMatchObject({ query: 'quick', total: 3 });
    expect(line(0)).toBe('quick0.example');
  });

  it('begins at the first line after a search', async () => {
    const { list, offsets, settled } = listServing(listOf(rows(1_000)));
    list.show(500, 520);
    await settled();
    list.search('r1');
    await settled();
    expect(offsets()).toEqual([500, 0]);
  });

  it('never mixes two versions, and keeps what is shown until the new lines are there', async () => {
    let serve = listOf(rows(300, 'old'));
    const { list, settled, line } = listServing((args) => serve(args));
    list.show(0, 20);
    await settled();
    const newer = listOf(rows(300, 'new'));
    serve = async (args) => ({ ...(await newer(args)), version: '2' });
    list.show(90, 110);
    expect(line(0)).toBe('old0.example');
    await settled();
    expect([line(0), line(100)]).toEqual(['new0.example', 'new100.example']);
  });

  it('fetches what is in sight anew when it is told of a change', async () => {
    let serve = listOf(rows(300, 'old'));
    const { list, settled, line } = listServing((args) => serve(args));
    list.show(200, 220);
    await settled();
    serve = listOf(rows(300, 'new'));
    list.refresh();
    expect(line(200)).toBe('old200.example');
    await settled();
    expect([line(200), line(0)]).toEqual(['new200.example', null]);
  });

  it('is told of a change while the first answer is under way, which is then out of date', async () => {
    let serve = listOf(rows(300, 'old'));
    const { list, settled, line } = listServing((args) => serve(args));
    list.show(0, 20);
    serve = listOf(rows(300, 'new'));
    list.refresh();
    await settled();
    expect(line(0)).toBe('new0.example');
  });

  it('gives up on a list that changes with every page', async () => {
    const serve = listOf(rows(300));
    let version = 0;
    const { list, settled } = listServing(async (args) => {
      version += 1;
      const own = `${version}`;
      return { ...(await serve(args)), version: own };
    });
    list.show(90, 110);
    await settled();
    expect(list.store.getState().problem?.code).toBe('list-unsteady');
  });

  it('says why there is nothing new, and keeps what it had', async () => {
    let fail = false;
    const serve = listOf(rows(2));
    const { list, settled, line } = listServing(async (args) => {
      if (fail) throw new ProblemError({ code: 'gateway-silent', message: 'The gateway does not answer.' });
      return serve(args);
    });
    list.show(0, 20);
    await settled();
    fail = true;
    list.refresh();
    await settled();
    expect(list.store.getState().problem?.code).toBe('gateway-silent');
    expect(line(1)).toBe('r1.example');
  });
});
