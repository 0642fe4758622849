/** Begins at this share of a socket's receive buffer, and ends below the other. The kernel counts what was read late, by up to a quarter. */
const BEGINS_ABOVE = 3 / 4;
const ENDS_BELOW = 1 / 2;

/**
 * Whether so much waits in a socket that the kernel is about to drop what comes next, whoever sent it: then more comes in than the
 * thread can answer, and each client gets a share. A burst that fits into half of the buffer never is a crowd.
 */
export class Crowd {
  readonly #nextNumber: () => number;
  #number = 0;

  /** @param nextNumber gives a number above 0 to each crowd, so that two are told apart */
  constructor(nextNumber: () => number) {
    this.#nextNumber = nextNumber;
  }

  /**
   * @param filled the share of the socket's buffer in use, from 0
   * @returns the number of the crowd; 0 where there is none
   */
  observe(filled: number): number {
    if (filled < ENDS_BELOW) this.#number = 0;
    else if (filled > BEGINS_ABOVE && this.#number === 0) this.#number = this.#nextNumber();
    return this.#number;
  }
}
