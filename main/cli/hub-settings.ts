import { addressNotices } from '../../shared/hosts/address-notices.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import {
  ActivityPage,
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  type SentSettings,
} from '../../shared/schemas/hub-schema.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printJson, printLine, printTable } from './print.ts';

const SETTINGS = 'registry-access/settings';

/** New settings and what to say about the change, or a sentence that says why they stay as they are. */
export type Edit = (
  settings: RegistryAccessSettings,
) => { settings: SentSettings; said?: readonly string[] } | { unchanged: string };

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
    const saved = await ask(RegistryAccessSettingsAnswer, SETTINGS, {
      method: 'PUT',
      body: edited.settings,
      ifMatch: etag ?? '',
    });
    const { revision, registries, notices = [] } = saved.value;
    printLine(`Saved revision ${revision} of ${org}: ${english.panel.registries.found(registries.length)}.`);
    for (const line of edited.said ?? []) printLine(line);
    const listed = new Set(content.registries.map(({ address }) => address));
    for (const { pointer, detail } of notices) {
      const index = Number(/^\/registries\/(\d+)\//.exec(pointer)?.[1]);
      // What was said of a line when it was added need not be repeated.
      if (!listed.has(edited.settings.registries[index]?.address ?? '')) printLine(`      note: ${detail}`);
    }
  });
}

export interface Switches {
  mode?: 'enforce' | 'audit';
  restrictions?: 'on' | 'off';
  /** RFC 3339, or `never`. */
  enforceFrom?: string;
  /** Named where a registry is blocked; empty for none. */
  contact?: string;
}

/** @throws ProblemError of `asOwner`. */
export async function setSwitches(where: Where, { mode, restrictions, enforceFrom, contact }: Switches): Promise<void> {
  await editSettings(where, (settings) => {
    const { contact: before, enforceFrom: dateBefore, ...others } = settings;
    const date = enforceFrom === 'never' ? null : canonicalTime(enforceFrom ?? dateBefore);
    const whom = (contact ?? before ?? '').trim();
    const wanted = {
      ...others,
      mode: mode ?? settings.mode,
      enabled: restrictions === undefined ? settings.enabled : restrictions === 'on',
      ...(whom === '' ? {} : { contact: whom }),
    };
    const hasDate = wanted.mode === 'audit' && wanted.enabled;
    const same = (['mode', 'enabled', 'contact'] as const).every((name) => wanted[name] === settings[name]);
    const sameDate = (hasDate ? (date ?? null) : null) === (dateBefore ?? null);
    if (same && sameDate && (hasDate || enforceFrom === undefined)) return { unchanged: 'Already set.' };
    // The hub says what is wrong with a date that cannot be.
    return { settings: { ...wanted, enforceFrom: hasDate || enforceFrom !== undefined ? (date ?? null) : null } };
  });
}

/** The current settings with all registries. @throws ProblemError of `asOwner`. */
export async function showSettings(where: Where, json: boolean): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(RegistryAccessSettingsAnswer, SETTINGS);
      if (json) return printJson(value);
      const { revision, enabled, mode, contact, enforceFrom, registries } = value;
      printTable([
        ['Organization', `${org}, revision ${revision}`],
        ['Restrictions', enabled ? (mode === 'audit' ? 'audit only' : 'enforced') : 'off'],
        ['Enforced from', enforceFrom === undefined ? null : english.time.exact(Date.parse(enforceFrom))],
        ['Contact', contact ?? null],
        ['Allowed registries', String(registries.length)],
      ]);
      for (const { address, nickname } of registries) {
        printLine(`  ${address}${nickname ? `  ${nickname}` : ''}`);
        for (const { problem } of addressNotices(address)) printLine(`      note: ${problemText(problem)}`);
      }
    },
    json,
  );
}

const SHOWN = 20;

/** Who changed what, newest first. @throws ProblemError of `asOwner`. */
export async function showActivity(where: Where): Promise<void> {
  await asOwner(where, async ({ ask }) => {
    const { value } = await ask(ActivityPage, `activity?limit=${SHOWN}`);
    const time = english.time;
    for (const { at, actor, action, changes, revision } of value.items) {
      printLine(`${time.exact(Date.parse(at))}  revision ${revision}  ${actor}: ${changes.join(', ') || action}`);
    }
  });
}

/** As the hub answers it; what is no time stays for the hub to reject. */
function canonicalTime(text: string | undefined): string | undefined {
  return text === undefined || Number.isNaN(Date.parse(text)) ? text : new Date(text).toISOString();
}
