import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

/** Vitest would leave one of two cores idle. Most tests of our own processes wait more than they compute. */
const CORES = availableParallelism();

/** How many times its cases each property test is tried with. */
const RUNS = Math.max(1, Number(process.env.PORTCULLIS_TEST_RUNS ?? 1));
const MORE_RUNS = { 'fast-check': join(import.meta.dirname, 'tests', 'setup', 'fast-check-more.ts') };

/** What runs on SQLite in its own layer, and on PostgreSQL in `postgres`. */
const ON_BOTH_DATABASES = [
  'unit/hub/activity/*',
  'unit/hub/first-owner/*',
  'unit/hub/machines/machine*',
  'unit/hub/pipeline-tokens',
  'unit/hub/registry-access/{enforce-from,grants,registry-access,revisions,signing-keys}',
  'unit/hub/sign-in/oidc-store',
  'unit/hub/store/*',
  'contract/hub/{activity,external-identity,grants,machines,people,pipelines,policy,requests,revisions,settings,sign-in,webhooks}',
];

/** One of the layers that tests/run.ts runs. Time-outs only end what hangs: they are far beyond what a slow and busy machine needs. */
function layer(name: string, options: TestProjectInlineConfiguration['test']): TestProjectInlineConfiguration {
  // Vitest gives up after a second, which a busy machine needs for less.
  const expect = { poll: { timeout: 120_000 } };
  return { test: { name, include: [`tests/${name}/**/*.test.ts`], expect, ...options } };
}

export default defineConfig({
  test: {
    // A provider made for a test says on the console that it is not made for production.
    onConsoleLog: (log) => !log.includes('oidc-provider '),
    projects: [
      // Pure and fast: files share their workers, because loading everything anew for each takes longer than the tests.
      layer('unit', {
        testTimeout: 180_000 * RUNS,
        maxWorkers: CORES,
        isolate: false,
        alias: RUNS > 1 ? MORE_RUNS : {},
      }),
      // Our own processes on loopback.
      layer('contract', { testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: CORES + 1 }),
      // The hub's stores and its calls once more, on PostgreSQL, and what only several hubs on one database have.
      layer('postgres', {
        include: ['tests/postgres/**/*.test.ts', ...ON_BOTH_DATABASES.map((file) => `tests/${file}.test.ts`)],
        testTimeout: 240_000,
        hookTimeout: 240_000,
        maxWorkers: CORES + 1,
        globalSetup: ['tests/support/postgres-once.ts'],
      }),
      layer('keyring', { testTimeout: 240_000, hookTimeout: 180_000 }),
      // Packs for three systems, one after the other, and runs what was packed with a real Electron.
      layer('package', {
        testTimeout: 240_000,
        hookTimeout: 900_000,
        globalSetup: ['tests/support/packed/pack-once.ts'],
      }),
      // Builds what `npm run package` builds, and installs it on machines of its own.
      layer('install', {
        testTimeout: 480_000,
        hookTimeout: 900_000,
        fileParallelism: false,
        globalSetup: ['tests/support/install/build-once.ts'],
      }),
      // Minutes under load: killed, soaked and fuzzed, one after the other.
      layer('endurance', { testTimeout: 1_200_000, fileParallelism: false }),
      // By hand; the file says why.
      layer('threads', { testTimeout: 120_000 }),
      // A provider that the tests do not write, started by them, and others in the shapes of well-known ones.
      layer('provider', { testTimeout: 240_000, hookTimeout: 240_000 }),
      layer('differential', { testTimeout: 480_000, hookTimeout: 180_000 }),
      // A machine with a kernel of its own, emulated: half a minute for each of its boots on two quiet cores.
      layer('vm', {
        testTimeout: 1_800_000,
        hookTimeout: 1_800_000,
        fileParallelism: false,
        globalSetup: ['tests/support/vm/prepare-once.ts'],
      }),
      layer('engine', { testTimeout: 480_000, hookTimeout: 480_000, fileParallelism: false }),
    ],
  },
});
