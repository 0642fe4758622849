import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { buildThreads } from '../../build/program/build-threads.ts';

/** Native, or an optional part of a package that is not installed. */
const NOT_BUNDLED = ['keytar', 'koffi', 'koffi/indirect', 'pg-native', 'bufferutil', 'utf-8-validate'];

/**
 * Builds the command line into a folder, its parts still loaded when they are needed. The tests start it hundreds of times, and the start
 * of the sources takes two to three times as much of the processor.
 */
export async function buildCommandLine(root: string, folder: string): Promise<void> {
  const build = await rolldown({
    ...{ input: { index: join(root, 'main/cli/index.ts') }, cwd: root, platform: 'node', logLevel: 'silent' },
    external: NOT_BUNDLED,
    resolve: { mainFields: ['module', 'main'] },
    transform: { target: 'node24' },
    plugins: [buildThreads()],
  });
  await build.write({ dir: folder, format: 'esm', chunkFileNames: '[name]-[hash].js' });
  await build.close();
}
