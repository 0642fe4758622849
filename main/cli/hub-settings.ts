import { addressNotices } from '../../shared/hosts/address-notices.ts';
import { diffExtras } from '../../shared/lists/diff-extras.ts';
import { isOver } from '../../shared/lists/grants.ts';
import { problem as problemOf } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { Support } from '../../shared/schemas/hub/grants.ts';
import {
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  type SentSettings,
} from '../../shared/schemas/hub-schema.ts';
import { asOwner, type Where } from './as-owner.ts';
import { termsOf } from './describe-change.ts';
import { english } from './english.ts';
import { printJson, printLine, printTable } from './print.ts';

const SETTINGS = 'registry-access/settings';

/** New settings and what to say about the change, or a sentence that says why they stay as they are. */
export type Edit = (settings: RegistryAccessSettings) =>
  | {
      settings: SentSettings;
      said?: readonly string[];
      /** The revision before is what takes the change back. */
      undo?: boolean;
    }
  | { unchanged: string };

/** Saves what `edit` makes of the current settings, unless somebody else saved in the meantime. @throws ProblemError */
export async function editSettings(where: Where, edit: Edit): Promise<void> {
  await asOwner(where, async ({ org, ask }) => {
    const { value, etag } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
    const { revision: before, notices: _none, ...content } = value;
    const edited = edit(content);
    if ('unchanged' in edited) {
      printLine(`${edited.unchanged} Nothing was saved; ${org} stays at revision ${before}.`);
      return;
    }
    requireExtras(org, content, edited.settings);
    const saved = await ask(RegistryAccessSettingsAnswer, SETTINGS, {
      method: 'PUT',
      body: edited.settings,
      ifMatch: etag ?? '',
    });
    const { revision, registries, notices = [] } = saved.value;
    printLine(`Saved revision ${revision} of ${org}: ${english.panel.registries.found(registries.length)}.`);
    for (const line of edited.said ?? []) printLine(line);
    if (edited.undo === true) printLine(`To undo: portcullis hub undo ${before}`);
    const { registries: lines, grants = [], hints = [] } = content;
    const listed = new Set([
      ...lines.map(({ address }) => `registries ${address}`),
      ...grants.map(({ address }) => `grants ${address}`),
      ...hints.map(({ address }) => `hints ${address}`),
    ]);
    for (const { pointer, detail } of notices) {
      const [, list = '', index = ''] = /^\/(registries|grants|hints)\/(\d+)\//.exec(pointer) ?? [];
      const lines: readonly { address: string }[] =
        (list === 'grants'
          ? edited.settings.grants
          : list === 'hints'
            ? edited.settings.hints
            : edited.settings.registries) ?? [];
      // What was said of a line when it was added need not be repeated.
      if (!listed.has(`${list} ${lines[Number(index)]?.address ?? ''}`)) printLine(`      note: ${detail}`);
    }
  });
}

/** A hub of an earlier version would ignore what it does not know, and say that it was saved. @throws ProblemError */
export function requireExtras(organization: string, current: RegistryAccessSettings, wanted: SentSettings): void {
  if (current.grants !== undefined) return;
  const { grants, hints, requests, support } = wanted;
  const some = (grants ?? []).length > 0 || (hints ?? []).length > 0 || requests === true || support != null;
  if (some) throw new ProblemError(problemOf('hub-without-grants', { organization }));
}

export interface Switches {
  mode?: 'enforce' | 'audit';
  restrictions?: 'on' | 'off';
  /** RFC 3339, or `never`. */
  enforceFrom?: string;
  /** Named where a registry is blocked; empty for none. */
  contact?: string;
  requests?: 'on' | 'off';
  /** One line; empty for none. */
  support?: string;
  supportUrl?: string;
}

/** @throws ProblemError of `asOwner`. */
export async function setSwitches(where: Where, switches: Switches): Promise<void> {
  const { mode, restrictions, enforceFrom, contact } = switches;
  await editSettings(where, (settings) => {
    const { contact: before, enforceFrom: dateBefore, ...others } = settings;
    const date = enforceFrom === 'never' ? null : canonicalTime(enforceFrom ?? dateBefore);
    const whom = (contact ?? before ?? '').trim();
    const wanted = {
      ...others,
      mode: mode ?? settings.mode,
      enabled: restrictions === undefined ? settings.enabled : restrictions === 'on',
      ...(whom === '' ? {} : { contact: whom }),
      ...askedExtras(switches, settings),
    };
    const hasDate = wanted.mode === 'audit' && wanted.enabled;
    const same = (['mode', 'enabled', 'contact'] as const).every((name) => wanted[name] === settings[name]);
    const sameDate = (hasDate ? (date ?? null) : null) === (dateBefore ?? null);
    const sameExtras = diffExtras(settings, { ...wanted, support: wanted.support ?? undefined }, 0).length === 0;
    if (same && sameExtras && sameDate && (hasDate || enforceFrom === undefined)) return { unchanged: 'Already set.' };
    // The hub says what is wrong with a date that cannot be.
    return { settings: { ...wanted, enforceFrom: hasDate || enforceFrom !== undefined ? (date ?? null) : null } };
  });
}

function askedExtras(
  { requests, support, supportUrl }: Switches,
  settings: RegistryAccessSettings,
): { requests?: boolean; support?: Support | null } {
  const text = (support ?? settings.support?.text ?? '').trim();
  const url = (supportUrl ?? settings.support?.url ?? '').trim();
  const told = { ...(text === '' ? {} : { text }), ...(url === '' ? {} : { url }) };
  return {
    ...(requests === undefined ? {} : { requests: requests === 'on' }),
    ...(support === undefined && supportUrl === undefined
      ? {}
      : { support: Object.keys(told).length === 0 ? null : told }),
  };
}

/** The current settings with all registries. @throws ProblemError of `asOwner`. */
export async function showSettings(where: Where, json: boolean): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
      if (json) return printJson(value);
      const { revision, enabled, mode, contact, enforceFrom, registries } = value;
      const { grants = [], hints = [], requests, support = {} } = value;
      printTable([
        ['Organization', `${org}, revision ${revision}`],
        ['Restrictions', enabled ? (mode === 'audit' ? 'audit only' : 'enforced') : 'off'],
        ['Enforced from', enforceFrom === undefined ? null : english.time.exact(Date.parse(enforceFrom))],
        ['Contact', contact ?? null],
        ['Access requests', requests === undefined ? null : requests ? 'on' : 'off'],
        ['Support', [support.text, support.url].filter((part) => part !== undefined).join(', ') || null],
        ['Allowed registries', String(registries.length)],
      ]);
      for (const { address, nickname } of registries) {
        printLine(`  ${address}${nickname ? `  ${nickname}` : ''}`);
        for (const { problem } of addressNotices(address)) printLine(`      note: ${problemText(problem)}`);
      }
      if (grants.length > 0) printLine('Allowed with a limit:');
      for (const grant of grants) {
        const name = grant.nickname === undefined ? '' : `  ${grant.nickname}`;
        printLine(`  ${grant.address}${name}  ${termsOf(grant)}${isOver(grant, Date.now()) ? ' (expired)' : ''}`);
      }
      if (hints.length > 0) printLine('Suggested instead:');
      for (const { address, use } of hints) printLine(`  ${address}  use ${use}`);
    },
    json,
  );
}

/** As the hub answers it; what is no time stays for the hub to reject. */
function canonicalTime(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString();
}
