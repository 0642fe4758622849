import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** One of the layers that tests/run.ts runs. Time-outs are generous, for slow and busy machines. */
function layer(name: string, options: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  // Vitest gives up after a second, which a busy machine needs for less.
  const expect = { poll: { timeout: 30_000 } };
  return { test: { name, include: [`tests/${name}/**/*.test.ts`], expect, ...options } };
}

export default defineConfig({
  test: {
    // A provider made for a test says on the console that it is not made for production.
    onConsoleLog: (log) => !log.includes('oidc-provider '),
    projects: [
      // Pure and fast.
      layer('unit', { testTimeout: 60_000 }),
      // Our own processes on loopback.
      layer('contract', { testTimeout: 60_000, hookTimeout: 60_000 }),
      layer('keyring', { testTimeout: 120_000, hookTimeout: 60_000 }),
      // Packs for three systems, one after the other.
      layer('package', { testTimeout: 120_000, hookTimeout: 600_000 }),
      // Minutes under load: killed, soaked and fuzzed, one after the other.
      layer('endurance', { testTimeout: 600_000, fileParallelism: false }),
      // By hand; the file says why.
      layer('threads', { testTimeout: 120_000 }),
      layer('differential', { testTimeout: 240_000, hookTimeout: 60_000 }),
      layer('engine', { testTimeout: 240_000, hookTimeout: 240_000, fileParallelism: false }),
    ],
  },
});
