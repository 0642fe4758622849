/**
 * `AsyncDisposableStack` for runtimes without it: Electron 33 has Node 20. Releases in the opposite order; an error does not
 * stop the rest, and the last one is thrown.
 */
export class AsyncDisposableStackFallback implements AsyncDisposableStack {
  #releases: (() => unknown)[] = [];
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  defer(release: () => PromiseLike<void> | void): void {
    if (this.#disposed) throw new ReferenceError('the stack has been disposed');
    this.#releases.push(release);
  }

  adopt<T>(value: T, release: (value: T) => PromiseLike<void> | void): T {
    this.defer(() => release(value));
    return value;
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    if (value !== null && value !== undefined) {
      this.defer(() => (Symbol.asyncDispose in value ? value[Symbol.asyncDispose]() : value[Symbol.dispose]()));
    }
    return value;
  }

  move(): AsyncDisposableStack {
    const moved = new AsyncDisposableStackFallback();
    moved.#releases = this.#releases;
    this.#releases = [];
    this.#disposed = true;
    return moved;
  }

  async disposeAsync(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    const errors: unknown[] = [];
    for (const release of this.#releases.toReversed()) {
      try {
        await release();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#releases = [];
    if (errors.length > 0) throw errors.at(-1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }

  get [Symbol.toStringTag](): string {
    return 'AsyncDisposableStack';
  }
}

globalThis.AsyncDisposableStack ??= AsyncDisposableStackFallback;
