import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vite';

/** What a person can be told under one code, read off the source; `…` stands for what is filled in. */
export interface ToldProblem {
  code: string;
  sentences: string[];
  next: string[];
  files: string[];
}

const ROOT = join(import.meta.dirname, '..', '..');
const CODE = /^[a-z][a-z0-9]*(-[a-z0-9]+)+$|^(offline|internal|unexpected)$/;
/** Where these words are no problems but reasons, of which docs/gateway.md and the panel tell. */
const NOT_PROBLEMS = ['shared/policy/effective-policy.ts', 'shared/rule-set/rule-set.ts', 'main/demo/run-demo.ts'];
/** Two documents are judged by one rule, and refused by codes that begin with their name; these are their endings. */
const FAMILIES = { policy: 'policy', membership: 'membership proof' };
const JUDGES = ['shared/policy/verify.ts', 'shared/policy/signed-document.ts'];
const REFUSALS: Record<string, [says: string, next: string]> = {
  'too-large': ['The … is too large.', 'Shorten the list; *.example.com covers many hosts.'],
  garbage: [
    'What was received is no …, or it is cut off or damaged.',
    'Check the address of the server, and what answers there.',
  ],
  header: [
    "The …'s header lacks something, or holds what is never accepted.",
    'Check the address of the server, and what answers there.',
  ],
  algorithm: [
    'The … is signed by an algorithm that is not accepted, or not by that of its key.',
    'Check the address of the server, and what answers there.',
  ],
  'key-unknown': [
    'The … is signed by a key that is not pinned here.',
    'Compare policyKeys in portcullis.json with the keys of the server.',
  ],
  'key-organization': [
    "The …'s key does not sign for this organization.",
    'Compare policyKeys in portcullis.json with the keys of the server.',
  ],
  signature: [
    "The …'s signature is wrong.",
    'Check the address of the server, and what answers there. Nothing of it was used.',
  ],
  claims: ['The … is signed, but its claims are not what they should be.', 'Tell the administrator of the server.'],
  organization: ['The … is for another organization.', 'Check which organization this machine belongs to.'],
  issuer: ["The … is from another issuer than this machine's server.", 'Check the address of the server.'],
  expired: ['The … has expired.', 'Sync; if it stays, check this clock and the server.'],
  'not-yet': ['The … was signed in the future.', "Check this machine's clock and the server's."],
};

/** Sentences that the source puts together of parts which are nowhere together. */
const COMPOSED: Record<string, string> = {
  'control-error': 'The gateway refused the call; what it said stands in its place.',
  'allowed-orgs-spelling':
    'A key is spelled nearly like "allowedOrgs". Letter case counts, or the file would say nothing.',
  'access-list-unclear': 'Windows does not tell clearly who may write the file or folder.',
  'image-reference': 'This is no name of an image.',
  'not-utf8': 'The file is not UTF-8. Save it as UTF-8.',
  'not-a-regular-file': 'This is a folder, a link, a pipe or a device, not a file. Put a file there.',
  'file-too-large': 'The file is larger than any such file needs to be; it was put there by mistake.',
  'writable-by-others':
    'Others than an administrator can write the file or a folder above it, so it cannot be trusted.',
  'wrong-owner': 'The file or a folder above it does not belong to an administrator, so it cannot be trusted.',
  'reg-syntax': 'This is no file of the Registry Editor.',
  'organization-invalid': 'This name of an organization cannot stand in a file of this format.',
  'no-organization': 'Whoever has signed in belongs to no organization.',
  'wrong-organization':
    'Whoever has signed in belongs to none of the organizations that this machine needs; letter case counts.',
};

type Node = Record<string, unknown> & { type: string };

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** Every text an expression can come to, as far as it stands in it. */
function texts(node: unknown): string[] {
  if (!isNode(node)) return [];
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [node.value] : [];
    case 'TemplateLiteral': {
      const parts = (node.quasis as { value: { cooked: string } }[]).map(({ value }) => value.cooked);
      return [parts.join('…')];
    }
    case 'BinaryExpression': {
      const left = texts(node.left);
      const right = texts(node.right);
      return node.operator === '+' ? left.flatMap((start) => right.map((rest) => start + rest)) : [];
    }
    case 'ConditionalExpression':
      return [...texts(node.consequent), ...texts(node.alternate)];
    case 'LogicalExpression':
      return [...texts(node.left), ...texts(node.right)];
    case 'CallExpression': {
      const callee = node.callee;
      return isNode(callee) && callee.type === 'MemberExpression' ? texts(callee.object) : [];
    }
    default:
      return [];
  }
}

const isSentence = (text: string): boolean => /\s/.test(text) && /^["“…A-Z]/.test(text);

/** What the functions of a file add to every problem that they are given: `problem(code, message)` with one next step for all. */
function helpersIn(body: unknown): Map<string, string[]> {
  const helpers = new Map<string, string[]>();
  for (const node of Array.isArray(body) ? body : []) {
    const declared = isNode(node) && node.type === 'ExportNamedDeclaration' ? node.declaration : node;
    if (!isNode(declared) || declared.type !== 'FunctionDeclaration' || !isNode(declared.id)) continue;
    const next = [...nextsIn(declared.body)];
    if (next.length > 0) helpers.set(String(declared.id.name), next);
  }
  return helpers;
}

function* nextsIn(node: unknown): Generator<string> {
  if (Array.isArray(node)) {
    for (const child of node) yield* nextsIn(child);
    return;
  }
  if (!isNode(node)) return;
  if (node.type === 'Property' && isNode(node.key) && node.key.name === 'next')
    yield* texts(node.value).filter(isSentence);
  for (const [key, child] of Object.entries(node)) if (key !== 'type') yield* nextsIn(child);
}

function* toldBy(
  node: unknown,
  helpers: Map<string, string[]>,
): Generator<{ code: string; sentences: string[]; next: string[] }> {
  if (Array.isArray(node)) {
    for (const child of node) yield* toldBy(child, helpers);
    return;
  }
  if (!isNode(node)) return;
  if (node.type === 'ObjectExpression') {
    const members = new Map<unknown, unknown>();
    for (const property of node.properties as Node[]) {
      if (isNode(property.key)) members.set(property.key.name ?? property.key.value, property.value);
    }
    const said = [...texts(members.get('message')), ...texts(members.get('title')), ...texts(members.get('text'))];
    const isProblem = members.has('message') || (members.has('title') && members.has('severity'));
    for (const code of isProblem ? texts(members.get('code')) : []) {
      if (CODE.test(code)) yield { code, sentences: said.filter(isSentence), next: texts(members.get('next')) };
    }
  }
  if (node.type === 'CallExpression' || node.type === 'NewExpression') {
    const given = (node.arguments as unknown[]).map(texts);
    const at = given.findIndex((list) => list.some((text) => CODE.test(text)));
    const [sentences, ...rest] = given.slice(at + 1).filter((list) => list.some(isSentence));
    if (at !== -1 && sentences !== undefined) {
      const helper = isNode(node.callee) ? helpers.get(String(node.callee.name)) : undefined;
      for (const code of given[at] ?? []) {
        if (CODE.test(code)) yield { code, sentences: sentences.filter(isSentence), next: rest[0] ?? helper ?? [] };
      }
    }
  }
  for (const [key, child] of Object.entries(node)) if (key !== 'type') yield* toldBy(child, helpers);
}

/** Every problem that the program can tell of, by its code. */
export function toldProblems(): ToldProblem[] {
  const found = new Map<string, ToldProblem>();
  for (const folder of ['main', 'shared', 'renderer']) {
    const names = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const name of names.map((path) => `${folder}/${path.replaceAll('\\', '/')}`)) {
      if (!/\.tsx?$/.test(name) || NOT_PROBLEMS.includes(name)) continue;
      const lang = name.endsWith('x') ? 'tsx' : 'ts';
      const source = readFileSync(join(ROOT, name), 'utf8');
      const { body } = parseAst(source, { lang });
      const all = JUDGES.includes(name) ? refusalsIn(source) : toldBy(body, helpersIn(body));
      for (const { code, sentences, next } of all) {
        const entry = found.get(code) ?? { code, sentences: [], next: [], files: [] };
        found.set(code, entry);
        entry.sentences.push(...sentences);
        entry.next.push(...next);
        entry.files.push(name);
      }
    }
  }
  const unique = (list: string[]): string[] => [...new Set(list)];
  return [...found.values()]
    .map(({ code, sentences, next, files }) => ({
      code,
      sentences: unique(sentences.length > 0 ? sentences : [COMPOSED[code] ?? ''].filter((text) => text !== '')),
      next: unique(next),
      files: unique(files),
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

function* refusalsIn(source: string): Generator<{ code: string; sentences: string[]; next: string[] }> {
  for (const [, ending = ''] of source.matchAll(/(?:\bno\(\s*'|\$\{kind\.code\}-)([a-z-]+)[`']/g)) {
    const refusal = REFUSALS[ending];
    for (const [family, noun] of Object.entries(FAMILIES)) {
      const sentences = refusal === undefined ? [] : [refusal[0].replace('…', noun)];
      yield { code: `${family}-${ending}`, sentences, next: refusal === undefined ? [] : [refusal[1]] };
    }
  }
}

/** Who meets a problem first, by where it arises. */
const AREAS: [title: string, where: RegExp][] = [
  ['Files by which an administrator enforces sign-in', /^main\/(managed-config|cli\/managed-config)/],
  ['Signing in and staying signed in', /^main\/(session|cli\/sign-in)/],
  [
    'The policy and the server',
    /^(main\/policy|main\/platform\/(web-answer|request-problem|outbound)|shared\/policy|main\/agent\/sync)/,
  ],
  ['The filter and the engine', /^main\/(gateway|enforcement|engines|cli\/gateway)/],
  ['Lines of the list, and what is looked up', /^(shared\/hosts|shared\/control)/],
  ['The embedded hub', /^main\/(hub|cli\/(hub|change|as-owner|rotate))/],
  ['The program itself', /./],
];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

export function problemGuide(): string {
  const left = new Set(toldProblems());
  const sections = AREAS.map(([title, where]) => {
    const here = [...left].filter(({ files }) => files.some((file) => where.test(file)));
    for (const problem of here) left.delete(problem);
    const rows = here.map(
      ({ code, sentences, next }) =>
        `| \`${code}\` | ${sentences.map(cell).join('<br>')} | ${next.map(cell).join('<br>')} |`,
    );
    return [`## ${title}`, '', '| code | what is said | next step |', '|---|---|---|', ...rows, ''].join('\n');
  });
  return `# Problems, by their codes

Whatever goes wrong is told in the same form on every screen, in the terminal and in the logs: one sentence, the next step, and in
small print the code, followed by its cause: what was seen, such as a file with line and column, an HTTP status or an \`errno\`. Codes do
not change between versions, so they can be searched for and read out on the phone. \`…\` stands for what is filled in. Where no next
step stands, the sentence says what to do, or there is nothing to be done.

This page is generated from the source: \`npm run docs\`.

${sections.join('\n').trimEnd()}
`;
}
