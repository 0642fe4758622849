import * as fc from '../../node_modules/fast-check/lib/fast-check.js';

/**
 * fast-check for `PORTCULLIS_TEST_RUNS=20 npm run test:unit`: each property is tried with so many times its cases. What is found once in a
 * hundred runs of the suite is found by one.
 */
const TIMES = Number(process.env.PORTCULLIS_TEST_RUNS ?? 1);
/** fast-check's own number of cases, where a test names none. */
const DEFAULT_RUNS = 100;

// biome-ignore lint/style/noDefaultExport: as fast-check has it
export default {
  ...fc,
  assert<Ts>(property: fc.IRawProperty<Ts>, given: fc.Parameters<Ts> = {}): Promise<void> | void {
    const { interruptAfterTimeLimit: limit } = given;
    return fc.assert(property, {
      ...given,
      numRuns: (given.numRuns ?? DEFAULT_RUNS) * TIMES,
      ...(limit === undefined ? {} : { interruptAfterTimeLimit: limit * TIMES }),
    });
  },
};
