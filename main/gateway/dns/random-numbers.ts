/** Unpredictable numbers, drawn in bulk so that an id does not cost a system call. */
export interface RandomNumbers {
  /** 0 to 65535. */
  uint16(): number;
}

/** @param fill writes cryptographically strong bytes, such as `crypto.randomFillSync`. */
export function createRandomNumbers(fill: (bytes: Uint8Array) => void): RandomNumbers {
  const pool = new Uint8Array(4096);
  let used = pool.length;
  return {
    uint16() {
      if (used >= pool.length) {
        fill(pool);
        used = 0;
      }
      const value = ((pool[used] as number) << 8) | (pool[used + 1] as number);
      used += 2;
      return value;
    },
  };
}
