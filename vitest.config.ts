import { defineConfig } from 'vitest/config';

/** `unit` is pure and fast; `contract` starts our own processes on loopback. Time-outs are generous, for slow and busy machines. */
export default defineConfig({
  test: {
    // A provider made for a test says on the console that it is not made for production.
    onConsoleLog: (log) => !log.includes('oidc-provider '),
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.{ts,tsx}'], testTimeout: 60_000 } },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'keyring',
          include: ['tests/keyring/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      // Packs for three systems, one after the other.
      {
        test: {
          name: 'package',
          include: ['tests/package/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      // Minutes under load: killed, soaked and fuzzed, one after the other.
      {
        test: {
          name: 'endurance',
          include: ['tests/endurance/**/*.test.ts'],
          testTimeout: 600_000,
          fileParallelism: false,
        },
      },
      // By hand; the file says why.
      {
        test: {
          name: 'threads',
          include: ['tests/threads/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'differential',
          include: ['tests/differential/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'engine',
          include: ['tests/engine/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
