import { join } from 'node:path';
import { build } from 'vite';

/** Bundles `stage-main.ts` for Electron, which runs no TypeScript. @returns the file. */
export async function buildStage(outDir: string): Promise<string> {
  await build({
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true },
    build: {
      outDir,
      emptyOutDir: true,
      ssr: join(import.meta.dirname, 'stage-main.ts'),
      rolldownOptions: { external: ['electron'], output: { entryFileNames: 'stage-main.mjs' } },
    },
  });
  return stageMain(outDir);
}

export function stageMain(outDir: string): string {
  return join(outDir, 'stage-main.mjs');
}
