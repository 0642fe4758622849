import { readFile } from 'node:fs/promises';
import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import { parseAddress } from '../../shared/hosts/address.ts';
import { isOver } from '../../shared/lists/grants.ts';
import { MAX_REGISTRIES, OrganizationName, PolicyMode, type RegistryEntry } from '../../shared/policy/schema.ts';
import { isOneLine } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import {
  MAX_GRANTS,
  MAX_HINTS,
  type SettingsExtras,
  SettingsGrant,
  SettingsHint,
  Support,
} from '../../shared/schemas/hub/grants.ts';
import type { RegistryAccessSettings } from '../../shared/schemas/hub-schema.ts';

/** Aliases that grow into more than this many copies are an attack. */
const MAX_ALIASES = 100;

const oneLine = (longest: number) => z.string().max(longest).refine(isOneLine, 'one line, without control characters');
const ListEntry = z.union(
  [
    z.string().min(1).max(512),
    z.strictObject({ address: z.string().min(1).max(512), nickname: oneLine(200).optional() }),
  ],
  'an address, or an address and a nickname',
);

/** A list as it is kept in git. What it leaves out stays as it is at the hub. */
const ListFile = z.strictObject({
  /** Guards against a file that is meant for another organization. */
  organization: OrganizationName.optional(),
  enabled: z.boolean().optional(),
  mode: PolicyMode.optional(),
  /** With `mode: audit`, when the hub begins to enforce. */
  enforceFrom: z.iso
    .datetime({ offset: true })
    .transform((time) => new Date(time).toISOString())
    .nullable()
    .optional(),
  contact: oneLine(120).nullable().optional(),
  registries: z.array(ListEntry).max(MAX_REGISTRIES),
  /** Allowed until a time, for teams, or both. */
  grants: z.array(SettingsGrant).max(MAX_GRANTS).nullable().optional(),
  hints: z.array(SettingsHint).max(MAX_HINTS).nullable().optional(),
  requests: z.boolean().optional(),
  support: Support.nullable().optional(),
});

export interface ReadList {
  organization?: string | undefined;
  /** As they were written, for notices. */
  written: string[];
  registries: RegistryEntry[];
  switches: Pick<z.output<typeof ListFile>, 'enabled' | 'mode' | 'enforceFrom' | 'contact'>;
  /** Those that the file names; an empty one removes what is there. */
  extras: SettingsExtras;
}

/** @param file `-` for standard input. @throws ProblemError `list-file-unreadable`, `list-file-invalid` with line and column */
export async function readListFile(file: string): Promise<ReadList> {
  return parseListFile(await readListText(file), file);
}

/** @param file `-` for standard input. @throws ProblemError `list-file-unreadable` */
export async function readListText(file: string): Promise<string> {
  return (file === '-' ? readStandardInput() : readFile(file, 'utf8')).catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('list-file-unreadable', { file }, { cause }), { cause: error });
  });
}

/** @throws ProblemError `list-file-invalid` with line and column */
export function parseListFile(text: string, file: string): ReadList {
  const invalid = (offset: number | undefined, cause: string): ProblemError => {
    const { line, col } = lines.linePos(Math.max(0, offset ?? 0));
    const place = offset === undefined ? file : `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
    return new ProblemError(problem('list-file-invalid', { place }, { cause }));
  };
  const lines = new LineCounter();
  // JSON is YAML, but a long list of it is read much faster as what it is.
  const json = /^\s*\{/.test(text) ? parsedJson(text) : undefined;
  const document =
    json === undefined ? parseDocument(text, { lineCounter: lines, schema: 'core', strict: true }) : null;
  const [fault] = document === null ? [] : [...document.errors, ...document.warnings];
  if (fault !== undefined)
    throw invalid(fault.pos[0], (fault.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:$/, ''));

  /** Where a value stands, or what holds it. */
  const offsetOf = (path: readonly PropertyKey[]): number | undefined => {
    for (let length = path.length; document !== null && length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      const range = isNode(node) ? node.range : undefined;
      if (range != null) return range[0];
    }
    return document === null ? undefined : 0;
  };
  const parsed = ListFile.safeParse(json ?? toJs(document, (cause) => invalid(0, cause)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
    throw invalid(
      unknown === undefined ? offsetOf(path) : keyOffset(document?.getIn(path, true) ?? document?.contents, unknown),
      unknown === undefined ? `${path.join('.') || 'the file'}: ${issue?.message}` : `unknown member "${unknown}"`,
    );
  }

  const { organization, registries, grants, hints, requests, support, ...switches } = parsed.data;
  const entries = new Map<string, RegistryEntry>();
  for (const [index, item] of registries.entries()) {
    const { address, nickname } = typeof item === 'string' ? { address: item, nickname: undefined } : item;
    const address_ = parseAddress(address);
    const place = (): number | undefined => offsetOf(['registries', index]);
    if (!address_.ok) throw invalid(place(), problemText(address_.problem));
    const { text: canonical } = address_.value;
    if (entries.has(canonical)) {
      throw invalid(place(), problemText(problem('registry-listed-twice', { address: canonical })));
    }
    entries.set(canonical, nickname === undefined ? { address: canonical } : { address: canonical, nickname });
  }
  const written = [...registries, ...(grants ?? [])].map((item) => (typeof item === 'string' ? item : item.address));
  const canonical = (list: 'grants' | 'hints', index: number, address: string): string => {
    const parsed = parseAddress(address);
    if (!parsed.ok) throw invalid(offsetOf([list, index]), problemText(parsed.problem));
    return parsed.value.text;
  };
  const extras = {
    ...(grants === undefined
      ? {}
      : {
          grants: (grants ?? []).map((one, index) => ({
            ...one,
            ...atUtc(one),
            address: canonical('grants', index, one.address),
          })),
        }),
    ...(hints === undefined
      ? {}
      : { hints: (hints ?? []).map((one, index) => ({ ...one, address: canonical('hints', index, one.address) })) }),
    ...(requests === undefined ? {} : { requests }),
    ...(support === undefined ? {} : { support: support ?? {} }),
  };
  return { organization, written, registries: [...entries.values()], switches, extras };
}

/** The settings that a list asks for. */
export function settingsOfList(list: ReadList, current: RegistryAccessSettings): RegistryAccessSettings {
  const { contact: before, enforceFrom: dateBefore, support: helps, ...others } = current;
  const { support = helps, ...extras } = list.extras;
  const { enabled = current.enabled, mode = current.mode, contact = before ?? null } = list.switches;
  const { enforceFrom: date = dateBefore } = list.switches;
  const hasDate = date != null && ((enabled && mode === 'audit') || date !== dateBefore);
  return {
    ...others,
    ...extras,
    ...(support === undefined || Object.keys(support).length === 0 ? {} : { support }),
    ...{ enabled, mode, registries: list.registries },
    ...(hasDate ? { enforceFrom: date } : {}),
    ...(contact === null || contact === '' ? {} : { contact }),
  };
}

/** The file that asks for these settings. @param now milliseconds since 1970: what has expired is left out */
export function listFileOf(organization: string, settings: RegistryAccessSettings, now: number): string {
  const { enabled, mode, enforceFrom, contact, registries, hints = [], requests, support } = settings;
  const grants = (settings.grants ?? []).filter((grant) => !isOver(grant, now));
  const head = `# Allowed registries of ${organization}. Apply changes with: portcullis hub apply -f FILE\n`;
  const items = registries.map(({ address, nickname }) => (nickname === undefined ? address : { address, nickname }));
  const content = {
    organization,
    enabled,
    mode,
    ...(enforceFrom === undefined ? {} : { enforceFrom }),
    contact: contact ?? null,
    ...(requests === undefined ? {} : { requests }),
    ...(support === undefined ? {} : { support }),
    registries: items,
    ...(grants.length === 0 ? {} : { grants }),
    ...(hints.length === 0 ? {} : { hints }),
  };
  return head + stringify(content, { schema: 'core', lineWidth: 0 });
}

/** As the hub keeps it. */
function atUtc({ until }: SettingsGrant): Pick<SettingsGrant, 'until'> {
  if (until === undefined) return {};
  const seconds = Math.floor(Date.parse(until) / 1000);
  return { until: new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Flow style of YAML, or broken: the parser of YAML names the place.
    return undefined;
  }
}

function toJs(document: ReturnType<typeof parseDocument> | null, invalid: (cause: string) => ProblemError): unknown {
  try {
    return document?.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
}

function isNode(value: unknown): value is ParsedNode {
  return typeof value === 'object' && value !== null && 'range' in value;
}

function keyOffset(node: unknown, key: string): number | undefined {
  if (!isMap(node)) return 0;
  const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
  return isScalar(pair?.key) ? pair.key.range?.[0] : 0;
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
