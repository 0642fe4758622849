import { describe, expect, it } from 'vitest';
import { AsyncDisposableStackPolyfill, installPolyfills, parseUrl } from '../../../main/shell/polyfills.ts';

// The polyfill, and what it stands in for: both have to pass.
describe.each([
  ['the polyfill', AsyncDisposableStackPolyfill],
  ['this Node', AsyncDisposableStack],
])('a stack of resources, by %s', (_name, Stack) => {
  it('releases the last one first, and waits for each', async () => {
    const steps: string[] = [];
    const stack = new Stack();
    stack.defer(() => void steps.push('first'));
    stack.defer(async () => {
      await Promise.resolve();
      steps.push('second');
    });
    expect(stack.use({ [Symbol.dispose]: () => void steps.push('sync') })).toBeDefined();
    expect(stack.use({ [Symbol.asyncDispose]: async () => void steps.push('async') })).toBeDefined();
    expect(stack.adopt('value', (value) => void steps.push(value))).toBe('value');
    expect(stack.use(null)).toBeNull();
    expect(stack.disposed).toBe(false);
    await stack.disposeAsync();
    expect(steps).toEqual(['value', 'async', 'sync', 'second', 'first']);
    expect(stack.disposed).toBe(true);
  });

  it('releases once, and takes nothing more', async () => {
    let released = 0;
    const stack = new Stack();
    stack.defer(() => {
      released += 1;
    });
    await stack.disposeAsync();
    await stack[Symbol.asyncDispose]();
    expect(released).toBe(1);
    expect(() => stack.defer(() => undefined)).toThrow(ReferenceError);
    expect(() => stack.move()).toThrow(ReferenceError);
  });

  it('gives away what it holds', async () => {
    const steps: string[] = [];
    const stack = new Stack();
    stack.defer(() => void steps.push('released'));
    const moved = stack.move();
    await stack.disposeAsync();
    expect(steps).toEqual([]);
    await moved.disposeAsync();
    expect(steps).toEqual(['released']);
  });

  it('releases all in spite of a failure, and reports it', async () => {
    const steps: string[] = [];
    const stack = new Stack();
    stack.defer(() => void steps.push('first'));
    stack.defer(() => Promise.reject(new Error('one')));
    await expect(stack.disposeAsync()).rejects.toThrow('one');
    expect(steps).toEqual(['first']);
  });

  it('reports the last failure with those before it', async () => {
    const stack = new Stack();
    stack.defer(() => Promise.reject(new Error('later')));
    stack.defer(() => Promise.reject(new Error('earlier')));
    await expect(stack.disposeAsync()).rejects.toMatchObject({
      name: 'SuppressedError',
      error: { message: 'later' },
      suppressed: { message: 'earlier' },
    });
  });

  it('refuses what cannot be released', () => {
    expect(() => new Stack().use({} as Disposable)).toThrow(TypeError);
  });
});

describe('the polyfills', () => {
  it('fill in what is missing, and leave what is there', () => {
    const own = class {};
    const parse = () => null;
    const newer = { AsyncDisposableStack: own, URL: { parse } };
    installPolyfills(newer);
    expect(newer).toEqual({ AsyncDisposableStack: own, URL: { parse } });
    const older: { AsyncDisposableStack?: unknown; URL: { parse?: unknown } } = { URL: {} };
    installPolyfills(older);
    expect(older).toEqual({ AsyncDisposableStack: AsyncDisposableStackPolyfill, URL: { parse: parseUrl } });
  });

  it.each([
    ['https://a.example/b', undefined],
    ['b', 'https://a.example/'],
    ['b', undefined],
    ['', undefined],
  ])('parse %j with the base %j as URL.parse does', (url, base) => {
    expect(parseUrl(url, base)?.href).toBe(URL.parse(url, base)?.href);
  });
});
