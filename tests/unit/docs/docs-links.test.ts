import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../../..');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(join(ROOT, 'docs'), 'utf8').map((name) => `docs/${name}`),
  ...['gateway', 'agent', 'hub'].map((room) => `main/${room}/README.md`),
].filter((name) => name.endsWith('.md'));
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const headings = textOf(page).matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, text = '']) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

it.each(pages)('every link of %s leads somewhere', (page) => {
  const dead = [...textOf(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].flatMap(([, target = '']) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(ROOT, file))) return [target];
    return anchor !== undefined && !anchorsOf(file).includes(anchor) ? [target] : [];
  });
  expect(dead).toEqual([]);
});

it.each(pages)('every path that %s names is there', (page) => {
  const named = textOf(page).matchAll(/`((?:main|renderer|shared|tests|build|assets|docs)\/[\w./-]+)`/g);
  expect([...named].map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
