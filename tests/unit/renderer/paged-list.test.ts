import { describe, expect, it, vi } from 'vitest';
import { createPagedList } from '../../../renderer/stores/paged-list.ts';
import type { RegistryRow } from '../../../shared/ipc-schema.ts';
import { ProblemError } from '../../../shared/problem.ts';
import { listOf } from '../../support/panel-data.ts';
import { playConnection } from '../../support/played-connection.ts';

function rows(count: number, prefix = 'r'): RegistryRow[] {
  return Array.from({ length: count }, (_, index) => ({
    address: `${prefix}${index}.example`,
    nickname: null,
    known: null,
    problem: null,
    companions: [],
  }));
}

const stale = { items: [], total: 25, next: null, stale: true, version: '2' };

function listServing(handler: ReturnType<typeof listOf>) {
  const list = createPagedList(playConnection({ 'registries.list': handler }), 'registries.list', 10);
  const settled = () => vi.waitFor(() => expect(list.store.getState().loading).toBe(false));
  const addresses = () => list.store.getState().items.map(({ address }) => address);
  return { list, settled, addresses };
}

describe('a list that comes by pages', () => {
  it('fetches the first page once, and further ones on demand until it is complete', async () => {
    const { list, settled } = listServing(listOf(rows(25)));
    list.start();
    list.start();
    await settled();
    expect(list.store.getState()).toMatchObject({ total: 25, complete: false, loaded: true });
    expect(list.store.getState().items).toHaveLength(10);
    list.more();
    await settled();
    list.more();
    await settled();
    expect(list.store.getState().items).toHaveLength(25);
    expect(list.store.getState().complete).toBe(true);
  });

  it('shows the answer to the last question, in whatever order answers come', async () => {
    const serve = listOf([...rows(3, 'slow'), ...rows(3, 'quick')]);
    let release = () => {};
    const { list, addresses } = listServing(async (args) => {
      if (args.query === 'slow') await new Promise<void>((resolve) => (release = resolve));
      return serve(args);
    });
    list.search('slow');
    list.search('quick');
    await vi.waitFor(() => expect(addresses()[0]).toBe('quick0.example'));
    release();
    await Promise.resolve();
    expect(list.store.getState().query).toBe('quick');
    expect(addresses()[0]).toBe('quick0.example');
  });

  it('starts anew when the list changed between two pages', async () => {
    const before = listOf(rows(25, 'before'));
    const after = listOf(rows(25, 'after'));
    let serve = before;
    const { list, settled, addresses } = listServing((args) => serve(args));
    list.start();
    await settled();
    serve = async () => {
      serve = after;
      return stale;
    };
    list.more();
    await settled();
    expect(addresses()).toHaveLength(20);
    expect(addresses()[0]).toBe('after0.example');
    expect(addresses().every((address) => address.startsWith('after'))).toBe(true);
  });

  it('gives up on a list that changes with every page', async () => {
    const serve = listOf(rows(25));
    const { list, settled } = listServing(async (args) => (args.cursor === null ? serve(args) : stale));
    list.start();
    await settled();
    list.more();
    await settled();
    expect(list.store.getState().problem?.code).toBe('list-unsteady');
  });

  it('keeps what is shown while it refreshes, and as many lines as were there', async () => {
    let current = listOf(rows(30, 'old'));
    const { list, settled, addresses } = listServing((args) => current(args));
    list.start();
    await settled();
    list.more();
    await settled();
    current = listOf(rows(30, 'new'));
    list.refresh();
    expect(addresses()[0]).toBe('old0.example');
    await settled();
    expect(addresses()).toHaveLength(20);
    expect(addresses()[0]).toBe('new0.example');
  });

  it('does not fetch what nobody has looked at', async () => {
    const handler = vi.fn(listOf(rows(1)));
    const { list } = listServing(handler);
    list.refresh();
    expect(list.store.getState().loading).toBe(false);
    expect(handler).not.toHaveBeenCalled();
  });

  it('says why there is nothing, and keeps what it had', async () => {
    let fail = false;
    const serve = listOf(rows(2));
    const { list, settled, addresses } = listServing(async (args) => {
      if (fail) throw new ProblemError({ code: 'gateway-silent', message: 'The gateway does not answer.' });
      return serve(args);
    });
    list.start();
    await settled();
    fail = true;
    list.refresh();
    await settled();
    expect(list.store.getState().problem?.code).toBe('gateway-silent');
    expect(addresses()).toHaveLength(2);
  });
});
