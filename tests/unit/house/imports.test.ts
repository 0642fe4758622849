import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../../..');
const files = globSync('{main,renderer,shared}/**/*.{ts,tsx}', { cwd: ROOT });
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** What each room of the house may import besides itself; docs/architecture.md draws it. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  shared: [],
  'main/platform': ['shared'],
  'main/managed-config': ['shared', 'main/platform'],
  'main/gateway': ['shared', 'main/platform', 'main/managed-config'],
  'main/attachment': ['shared', 'main/platform', 'main/managed-config'],
  'main/hub': ['shared', 'main/platform', 'main/managed-config'],
  'main/agent': ['shared', 'main/platform', 'main/managed-config'],
  'main/cli': [
    'shared',
    'main/platform',
    'main/managed-config',
    'main/agent',
    'main/gateway',
    'main/attachment',
    'main/hub',
  ],
  'main/demo': ['shared', 'main/platform', 'main/agent', 'main/cli'],
  'main/shell': ['shared', 'main/platform', 'main/agent'],
  'main/index.ts': ['shared', 'main/cli', 'main/shell'],
  'renderer/ui': ['shared'],
  'renderer/panel': ['shared', 'renderer/ui'],
  'renderer/dashboard': ['shared', 'renderer/ui'],
};

function roomOf(file: string): string {
  const [top = '', next = ''] = file.split('/');
  return top === 'shared' ? top : `${top}/${next}`;
}

const imports = new Map(
  files.map((file) => {
    const specifiers = textOf(file).matchAll(/(?:\bfrom|\bimport\(?|\bnew URL\()\s*'(\.[^']+\.tsx?)'/g);
    return [file, [...specifiers].map(([, path = '']) => normalize(join(dirname(file), path)))];
  }),
);

/** A way from the file back to itself, or null. */
function cycleFrom(start: string): string[] | null {
  const seen = new Set<string>();
  const walk = (file: string, way: string[]): string[] | null => {
    for (const next of imports.get(file) ?? []) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = walk(next, [...way, next]);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(start, [start]);
}

describe('the house', () => {
  it('is read whole: every import leads to a file', () => {
    expect(files.length).toBeGreaterThan(300);
    const dead = [...imports].flatMap(([file, targets]) =>
      targets.filter((target) => !imports.has(target)).map((target) => `${file} -> ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it('has no import from a lower room to a higher one', () => {
    const wrong = [...imports].flatMap(([file, targets]) => {
      const allowed = MAY_IMPORT[roomOf(file)];
      return targets
        .filter((target) => roomOf(target) !== roomOf(file) && !allowed?.includes(roomOf(target)))
        .map((target) => `${file} -> ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycle', () => {
    expect(files.map(cycleFrom).filter((cycle) => cycle !== null)).toEqual([]);
  });

  it('takes every problem from the catalogue: no sentence of one is written elsewhere', () => {
    const inline = files
      .filter((file) => !file.startsWith('shared/problems/'))
      .filter((file) => /new ProblemError\(\s*\{|failure\(\s*\{|: Problem = \{/.test(textOf(file)));
    expect(inline).toEqual([]);
  });

  it('has no file over 400 lines that does not say why', () => {
    const long = files.filter((file) => {
      const text = textOf(file);
      return text.split('\n').length > 400 && !/^\/\*\*[\s\S]*?\bOver 400 lines because\b/.test(text);
    });
    expect(long).toEqual([]);
  });
});

/** A file in a room, and an import that is forbidden there. */
const FORBIDDEN: readonly [file: string, specifier: string][] = [
  ['shared/planted.ts', 'node:fs'],
  ['shared/planted.ts', '../main/platform/time/clock.ts'],
  ['renderer/ui/planted.ts', '../panel/panel.ts'],
  ['renderer/panel/planted.ts', '../../main/agent/agent.ts'],
  ['renderer/panel/planted.ts', 'electron'],
  ['renderer/panel/planted.ts', '../dashboard/dashboard.ts'],
  ['renderer/dashboard/planted.ts', '../panel/panel.ts'],
  ['renderer/dashboard/planted.ts', '../../main/hub/run.ts'],
  ['main/platform/planted.ts', '../agent/agent.ts'],
  ['main/platform/fs/planted.ts', '../../managed-config/managed-config.ts'],
  ['main/managed-config/planted.ts', '../gateway/gateway.ts'],
  ...['agent', 'hub', 'cli', 'demo', 'shell', 'attachment'].map((room): [string, string] => [
    'main/gateway/dns/planted.ts',
    `../../${room}/planted.ts`,
  ]),
  ...['agent', 'gateway', 'cli', 'demo', 'shell', 'attachment'].map((room): [string, string] => [
    'main/hub/http/planted.ts',
    `../../${room}/planted.ts`,
  ]),
  ...['gateway', 'hub', 'cli', 'demo', 'shell', 'attachment'].map((room): [string, string] => [
    'main/agent/session/planted.ts',
    `../../${room}/planted.ts`,
  ]),
  ['main/agent/planted.ts', 'electron'],
  ['main/cli/planted.ts', '../shell/shell.ts'],
  ['main/demo/planted.ts', '../shell/shell.ts'],
  ['main/shell/planted.ts', '../gateway/gateway.ts'],
  ['main/attachment/planted.ts', '../agent/agent.ts'],
];

/** And what is allowed although it looks alike. */
const ALLOWED: readonly [file: string, specifier: string][] = [
  ['main/agent/planted.ts', '../../shared/messages/shell/en.ts'],
  ['main/gateway/planted.ts', '../managed-config/managed-config.ts'],
  ['main/hub/planted.ts', '../managed-config/deployment.ts'],
  ['main/shell/planted.ts', 'electron'],
  ['renderer/dashboard/planted.ts', '../../shared/messages/dashboard.ts'],
];

const Report = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

it('Biome reports each import that its rules by folder forbid, and no other', () => {
  const folder = mkdtempSync(join(tmpdir(), 'planted-'));
  try {
    const settings: Record<string, unknown> = JSON.parse(textOf('biome.json'));
    writeFileSync(join(folder, 'biome.json'), JSON.stringify({ ...settings, $schema: undefined, vcs: undefined }));
    const planted = [...FORBIDDEN, ...ALLOWED].map(([file, specifier], index) => {
      const path = file.replace('planted', `planted-${index}`);
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), `import { planted } from '${specifier}';\n\nplanted();\n`);
      return path;
    });
    const biome = join(ROOT, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
    const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none', '.'];
    const output = ((): string => {
      try {
        return execFileSync(process.execPath, [biome, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' });
      } catch (error) {
        return z.object({ stdout: z.string() }).parse(error).stdout;
      }
    })();
    const reported = Report.parse(JSON.parse(output)).diagnostics.map(({ location }) => location.path);
    expect([...new Set(reported)].sort()).toEqual(planted.slice(0, FORBIDDEN.length).sort());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
