import { describe, expect, it } from 'vitest';
import { AsyncDisposableStackFallback } from '../../../../main/platform/process/async-disposable-stack.ts';

describe.each([
  ['the runtime’s stack', AsyncDisposableStack],
  ['the fallback', AsyncDisposableStackFallback],
])('%s', (_name, Stack) => {
  it('releases once, in the opposite order, each after the one before', async () => {
    const released: string[] = [];
    const stack: AsyncDisposableStack = new Stack();
    stack.defer(() => void released.push('first'));
    stack.use({ [Symbol.asyncDispose]: async () => void released.push('second') });
    stack.use({ [Symbol.dispose]: () => void released.push('third') });
    expect(stack.adopt('fourth', (value) => void released.push(value))).toBe('fourth');
    await stack.disposeAsync();
    await stack.disposeAsync();
    expect(released).toEqual(['fourth', 'third', 'second', 'first']);
    expect(stack.disposed).toBe(true);
    expect(() => stack.defer(() => undefined)).toThrow(ReferenceError);
  });

  it('releases the rest after an error, which it throws', async () => {
    let isReleased = false;
    const stack: AsyncDisposableStack = new Stack();
    stack.defer(() => {
      isReleased = true;
    });
    stack.defer(async () => {
      throw new Error('cannot close');
    });
    await expect(stack.disposeAsync()).rejects.toThrow('cannot close');
    expect(isReleased).toBe(true);
  });

  it('hands over what it holds', async () => {
    let released = 0;
    const stack: AsyncDisposableStack = new Stack();
    stack.defer(() => {
      released += 1;
    });
    const moved = stack.move();
    await stack.disposeAsync();
    expect(released).toBe(0);
    await moved[Symbol.asyncDispose]();
    expect(released).toBe(1);
  });
});
