import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The dashboard, as plain files that the hub serves. */
export default defineConfig({
  root: 'renderer/dashboard',
  publicDir: '../ui/public',
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../out/dashboard',
    emptyOutDir: true,
    sourcemap: false,
    reportCompressedSize: false,
    license: { fileName: 'licenses.md' },
    // Read once, and kept by the browser.
    chunkSizeWarningLimit: 1000,
    // Nothing as a data: address, which the content security policy does not let pass.
    assetsInlineLimit: 0,
  },
});
