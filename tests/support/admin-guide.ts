import { evaluate } from '../../main/managed-config/evaluate.ts';
import { parseDesktopPlist } from '../../main/managed-config/macos-plist.ts';
import { parseProfile } from '../../main/managed-config/macos-profile.ts';
import { parsePortcullisJson } from '../../main/managed-config/portcullis-json.ts';
import { parseQuery } from '../../main/managed-config/reg-query.ts';
import { parseRegistryJson } from '../../main/managed-config/registry-json.ts';
import type { Reading, SourceContent } from '../../main/managed-config/source.ts';
import { DOCKER_KEY, parseDockerKey } from '../../main/managed-config/windows-registry.ts';
import { describeState } from '../../shared/messages/describe-state.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import { bytesOf, type ContentCase } from '../unit/managed-config/content-case.ts';
import { desktopPlistCases, profileCases } from '../unit/managed-config/macos.cases.ts';
import { portcullisJsonCases } from '../unit/managed-config/portcullis-json.cases.ts';
import { registryJsonCases } from '../unit/managed-config/registry-json.cases.ts';
import { windowsRegistryCases } from '../unit/managed-config/windows-registry.cases.ts';
import { allGood, NOW, policies, sessions, snapshotOf } from './snapshots.ts';

/** One table of docs/admin-guide.md: the name of its source, and the outcome of its cases. */
interface Table {
  cases: ContentCase[];
  file: string;
  parse(one: ContentCase): SourceContent<unknown>;
  provides: 'organizations' | 'settings';
}

const tables: Record<string, Table> = {
  'registry.json': {
    cases: registryJsonCases,
    file: 'registry.json',
    parse: (one) => parseRegistryJson(bytesOf(one)),
    provides: 'organizations',
  },
  'portcullis.json': {
    cases: portcullisJsonCases,
    file: 'portcullis.json',
    parse: (one) => parsePortcullisJson(bytesOf(one)),
    provides: 'settings',
  },
  'desktop.plist': {
    cases: desktopPlistCases,
    file: 'desktop.plist',
    parse: (one) => parseDesktopPlist(bytesOf(one)),
    provides: 'organizations',
  },
  profile: {
    cases: profileCases,
    file: 'com.docker.config.plist',
    parse: (one) => parseProfile(bytesOf(one)),
    provides: 'organizations',
  },
  registry: {
    cases: windowsRegistryCases,
    file: 'HKLM\\…\\Docker Desktop',
    parse: (one) => {
      const listing = parseQuery(Buffer.from(`${DOCKER_KEY}\r\n${one.content}\r\n`), DOCKER_KEY);
      return parseDockerKey(listing.kind === 'present' ? listing.values : []);
    },
    provides: 'organizations',
  },
};

/** The guide with each of its tables generated from the tests' cases, between `<!-- cases: NAME -->` and `<!-- end -->`. */
export function withTables(guide: string): string {
  return guide.replaceAll(
    /(<!-- cases: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_whole, begin: string, name: string, end: string) => {
      const table = tables[name];
      if (table === undefined) throw new Error(`the guide asks for unknown cases: ${name}`);
      return `${begin}${tableOf(table)}\n${end}`;
    },
  );
}

function tableOf(table: Table): string {
  const rows = table.cases.map((one) => {
    const content = table.parse(one);
    const title = one.title.charAt(0).toUpperCase() + one.title.slice(1);
    const shown = one.shown ?? (one.content as string);
    return `| ${cell(title)}: ${code(shown)} | ${content.verdict} | ${cell(seen(content, table))} |`;
  });
  return ['| content | verdict | what a signed-out user sees |', '|---|---|---|', ...rows].join('\n');
}

/** What the panel shows on a machine with this source only (settings: beside a valid `registry.json`). */
function seen(content: SourceContent<unknown>, { file, provides }: Table): string {
  const reading = (
    name: string,
    verdict: Reading['source']['verdict'],
    allowedOrgs: string[],
    problems: FileProblem[],
  ): Reading => ({
    source: { file: name, kind: 'registry-json', verdict, allowedOrgs, problems },
    settings: {},
    failure: null,
  });
  const good = reading('registry.json', 'present', ['acme'], []);
  const organizations =
    provides === 'organizations' && content.verdict === 'present' ? (content.value as string[]) : [];
  const tested = reading(file, content.verdict, organizations, content.problems);
  const found = provides === 'organizations' ? evaluate([tested], [], false) : evaluate([good], [tested], false);
  const policyKeys = found.settings.policyKeys ?? keysOf(found.allowedOrgs);
  const managed = { ...found, settings: { ...found.settings, policyKeys } };
  const inputs = { ...allGood, managed, session: sessions['signed-out'], policy: policies['none at all'] };
  const { sentence } = describeState(snapshotOf(inputs), NOW, wordsFor('en', 'en'));
  const warnings =
    content.verdict === 'present' ? content.problems.map(warningText) : content.problems.slice(1).map(warningText);
  return [sentence, ...warnings].join(' ⚠ ');
}

/** Without any the sentence would be about those. */
function keysOf(organizations: string[]): PolicyKeys {
  return { keys: [{ kid: 'key', kty: 'OKP', crv: 'Ed25519', x: 'x', organizations }] };
}

function warningText({ message, cause, next, line, column }: FileProblem): string {
  const sentences = [message, cause && `(${cause})`, next].filter(Boolean).join(' ');
  return line === undefined ? sentences : `line ${line}, column ${column}: ${sentences}`;
}

/** Invisible characters are spelled out. */
const cell = (text: string) =>
  text
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll('\n', ' ')
    .replaceAll(/\p{Cf}/gu, (c) => `(U+${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()})`);
/** Two backticks, so that one may stand in it. */
const code = (text: string) => `\`\` ${text.replaceAll('|', '\\|').replaceAll('\n', ' ')} \`\``;
