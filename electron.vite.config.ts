import { join } from 'node:path';
import { defineConfig } from 'electron-vite';
import { buildThreads } from './build/program/build-threads.ts';

/**
 * What Electron runs; the panel is built by vite.config.ts, the same for Electron and for a browser. All packages are bundled but for
 * Electron itself and keytar and koffi, which are native: so that nothing is packed that is not used, and a start reads few files.
 */
export default defineConfig({
  main: {
    plugins: [buildThreads()],
    resolve: { alias: [{ find: /^undici$/, replacement: join(import.meta.dirname, 'build/undici-parts.cjs') }] },
    build: {
      // The oldest Electron that the tests run it on, 33, brings this Node: `await using` is rewritten for it.
      target: 'node20.18',
      externalizeDeps: false,
      sourcemap: false,
      license: { fileName: 'licenses.md' },
      rollupOptions: {
        input: { index: 'main/index.ts' },
        external: ['electron', 'keytar', 'koffi/indirect'],
        // In one folder, for `buildThreads`.
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: 'main/shell/preload.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
});
