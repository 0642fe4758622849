import { dirname, join } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * Threads are started by `new Worker(new URL('./file.ts', import.meta.url))`, which Node runs as it is. For a bundle of ES modules the file
 * is built too, beside all others, where the same address finds it as `.js`.
 */
export function buildThreads(): Plugin {
  return {
    name: 'build-threads',
    transform(code, id) {
      return code.replaceAll(
        /new URL\((['"])\.\/([\w-]+)\.ts\1, import\.meta\.url\)/g,
        (_match, _quote, name: string) => {
          this.emitFile({ type: 'chunk', id: join(dirname(id), `${name}.ts`), fileName: `${name}.js` });
          return `new URL('./${name}.js', import.meta.url)`;
        },
      );
    },
  };
}
