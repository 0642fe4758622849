import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';

/** The program as JavaScript: one file, and one for each kind of thread that it starts. */
export interface Bundle {
  /** A CommonJS script, which is what Node's single executables start with. */
  readonly main: string;
  /** ES modules by name, for `data:` URLs. */
  readonly threads: ReadonlyMap<string, string>;
  /** The folders of the npm packages whose code is in it. */
  readonly packages: readonly string[];
}

/**
 * Bundles everything: beside Node's own modules the program loads one file, `koffi.node`, by its absolute path. No `import` or `require`
 * that could look into a folder is left, which is checked.
 *
 * @throws Error where a package has changed such that what is rewritten here no longer fits
 */
export async function bundleProgram(root: string, entry: string): Promise<Bundle> {
  const threadFiles = new Map<string, string>();
  const packages = new Set<string>();
  const main = await bundleOne(root, entry, 'cjs', packages, threadFiles);
  const threads = new Map<string, string>();
  // They are found in no certain order.
  for (const [name, file] of [...threadFiles].sort(([a], [b]) => a.localeCompare(b, 'en'))) {
    threads.set(name, await bundleOne(root, file, 'esm', packages, threadFiles));
  }
  if (threads.size !== threadFiles.size)
    throw new Error('a thread starts threads of its own, which nothing here bundles');
  return { main, threads, packages: [...packages].sort() };
}

async function bundleOne(
  root: string,
  input: string,
  format: 'cjs' | 'esm',
  packages: Set<string>,
  threads: Map<string, string>,
): Promise<string> {
  const build = await rolldown({
    ...{ input, cwd: root, platform: 'node', logLevel: 'warn' },
    onLog(level, log, handle) {
      if (log.code !== 'EVAL' || !KNOWN_EVAL.test(log.id ?? '')) handle(level, log);
    },
    resolve: {
      mainFields: ['module', 'main'],
      alias: { undici: join(root, 'build/undici-parts.cjs') },
    },
    transform: { target: 'node24' },
    plugins: [rewrite(root, threads)],
  });
  try {
    const { output } = await build.generate({
      format,
      codeSplitting: false,
      sourcemap: false,
      comments: false,
      exports: 'none',
    });
    const [chunk, ...more] = output;
    if (more.length > 0) throw new Error(`${input} was bundled into ${output.length} files`);
    for (const id of chunk.moduleIds) {
      const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0];
      if (folder !== undefined) packages.add(relative(root, folder));
    }
    const foreign = [...chunk.imports, ...chunk.dynamicImports].filter(
      (name) => name !== chunk.fileName && !isBuiltin(name),
    );
    if (foreign.length > 0) throw new Error(`${input} would load ${foreign.join(', ')}`);
    return chunk.code;
  } finally {
    await build.close();
  }
}

/** Loads what lies beside the program, and nothing that lies elsewhere. */
const NATIVE = `
const module = { exports: {} };
process.dlopen(module, programPath.join(programPath.dirname(process.execPath), 'koffi.node'));
return module.exports;`;

/** Optional parts of packages, which those do without where they cannot be loaded. */
const LEFT_OUT = ['bufferutil', 'utf-8-validate', 'keytar', 'pg-native'];

/** depd, below koa, names its wrapped functions by it; nothing of a request gets in. */
const KNOWN_EVAL = /\/node_modules\/depd\/index\.js$/;

const THREADS = '\0threads';
const ABSENT = '\0absent:';

/** Rewrites what would look for files in a folder: threads, koffi's native part, and optional packages. */
function rewrite(root: string, threads: Map<string, string>): Plugin {
  return {
    name: 'single-program',
    resolveId(id) {
      if (id === THREADS) return id;
      return LEFT_OUT.includes(id) ? `${ABSENT}${id}` : null;
    },
    load(id) {
      if (id === THREADS) {
        return `
          import { getRawAsset } from 'node:sea';
          export const threadUrl = (name) =>
            new URL('data:text/javascript;base64,' + Buffer.from(getRawAsset(name)).toString('base64'));`;
      }
      if (id.startsWith(ABSENT)) return `throw new Error('${id.slice(ABSENT.length)} is no part of this program');`;
      return null;
    },
    transform(code, id) {
      const file = relative(root, id);
      if (file === 'node_modules/koffi/src/koffi/indirect.js') return koffiBesideProgram(code);
      if (file === 'main/agent/session/keyring.ts') return replaceOnce(code, 'import(name)', `import('keytar')`, file);
      let found = false;
      const rewritten = code.replaceAll(
        /new URL\((['"])\.\/([\w-]+)\.ts\1, import\.meta\.url\)/g,
        (_match, _quote, name: string) => {
          threads.set(name, join(dirname(id), `${name}.ts`));
          found = true;
          return `threadUrl(${JSON.stringify(name)})`;
        },
      );
      return found ? `import { threadUrl } from ${JSON.stringify(THREADS)};\n${rewritten}` : null;
    },
  };
}

function koffiBesideProgram(code: string): string {
  const file = 'koffi/indirect.js';
  const search = 'function loadDynamic(dirname, pkg2, triplets2) {';
  const own = replaceOnce(code, search, `${search}${NATIVE}`, file);
  const noRequire = replaceOnce(own, 'var require2 = createRequire(import.meta.url);', 'var require2 = null;', file);
  return `import * as programPath from 'node:path';\n${noRequire}`;
}

function replaceOnce(code: string, search: string, by: string, file: string): string {
  if (code.split(search).length !== 2) throw new Error(`${file} no longer contains once: ${search}`);
  return code.replace(search, () => by);
}
