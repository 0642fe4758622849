import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The panel, as plain files with relative addresses: the same build is served headless and loaded by Electron. */
export default defineConfig({
  root: 'renderer/panel',
  publicDir: '../ui/public',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../out/renderer',
    emptyOutDir: true,
    sourcemap: false,
    reportCompressedSize: false,
    license: { fileName: 'licenses.md' },
    // Read from this machine's disk, not over a network.
    chunkSizeWarningLimit: 1000,
    // Nothing as a data: address, which the content security policy does not let pass.
    assetsInlineLimit: 0,
  },
});
