import { DOMParser, type Element } from '@xmldom/xmldom';
import { z } from 'zod';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import { parse, UnparsableFile } from '../platform/fs/file-problem.ts';
import { parseStrictJson } from '../platform/fs/strict-json.ts';
import { admx, CATEGORY, escapeXml, type TemplateValue, templateValues } from './admx.ts';
import type { RegistryValue } from './reg-query.ts';
import { absent, malformed, type SourceContent } from './source.ts';
import { DOCKER_KEY, PORTCULLIS_KEY, parseDockerKey, parsePortcullisKey } from './windows-registry.ts';

/** The template is ingested first; its policies are then set below an area that is named for application and category. */
const INGESTION = './Device/Vendor/MSFT/Policy/ConfigOperations/ADMXInstall/Portcullis/Policy/Portcullis';
const AREA = `./Device/Vendor/MSFT/Policy/Config/Portcullis~Policy~${CATEGORY}`;
/** Between the lines of a `multiText` (Policy CSP, "Understanding ADMX policies"). */
const LINE = '\uf000';

/** Values as texts, as the Group Policy editor would take them: one line for each entry of a list, `true` or `false` for a switch. */
export type IntuneValues = Partial<Record<TemplateValue['id'], readonly string[]>>;

/**
 * A custom configuration of Microsoft Graph (`windows10CustomConfiguration`): the same rows of OMA-URI that an administrator can type in
 * by hand.
 */
export function intuneProfile(name: string, values: IntuneValues): string {
  const row = (displayName: string, omaUri: string, value: string) => ({
    '@odata.type': '#microsoft.graph.omaSettingString',
    displayName,
    omaUri,
    value,
  });
  const rows = templateValues.flatMap(({ id, stored }) => {
    const lines = values[id];
    if (lines === undefined) return [];
    if (stored.kind === 'switch') return [row(id, `${AREA}/${id}`, lines[0] === 'true' ? '<enabled/>' : '<disabled/>')];
    const value = lines.map(escapeXml).join(`&#x${LINE.charCodeAt(0).toString(16).toUpperCase()};`);
    return [row(id, `${AREA}/${id}`, `<enabled/><data id="${id}" value="${value}"/>`)];
  });
  const profile = {
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    displayName: name,
    description: 'Written by portcullis managed-config create.',
    omaSettings: [row('Portcullis.admx', INGESTION, admx()), ...rows],
  };
  return `${JSON.stringify(profile, null, 2)}\n`;
}

const Profile = z.object({
  omaSettings: z.array(z.object({ omaUri: z.string(), value: z.string() })),
});

/** What such a profile would put into the registry. */
export function parseIntuneProfile(bytes: Uint8Array): {
  organizations: SourceContent<string[]>;
  settings: SourceContent<PortcullisSettings>;
} {
  const json = parseStrictJson(bytes);
  if (!json.ok) return { organizations: malformed(json.problem), settings: absent };
  const parsed = parse(() => valuesIn(json.value.value));
  if (!parsed.ok) return { organizations: malformed(parsed.problem), settings: absent };
  const of = (key: string) => parsed.value.filter((found) => found.key === key).map(({ value }) => value);
  return { organizations: parseDockerKey(of(DOCKER_KEY)), settings: parsePortcullisKey(of(PORTCULLIS_KEY)) };
}

function valuesIn(document: unknown): { key: string; value: RegistryValue }[] {
  const profile = Profile.safeParse(document);
  if (!profile.success) throw invalid('it has no omaSettings with omaUri and value');
  const { omaSettings } = profile.data;
  const ours = omaSettings.filter(({ omaUri }) => omaUri.startsWith(`${AREA}/`));
  if (ours.length === 0) throw invalid(`no omaUri begins with ${AREA}/`);
  // Without it Windows rejects every row: the area does not exist.
  if (!omaSettings.some(({ omaUri }) => omaUri.startsWith(INGESTION)))
    throw invalid('it does not install the template');
  const seen = new Set<string>();
  return ours.map(({ omaUri, value }) => {
    const id = omaUri.slice(AREA.length + 1);
    if (seen.has(id)) throw invalid(`${printable(omaUri)} appears twice`);
    seen.add(id);
    const template = templateValues.find((known) => known.id === id);
    if (template === undefined) throw invalid(`the template has no ${printable(id)}`);
    return { key: template.key, value: registryValue(template, value) };
  });
}

function registryValue({ id, stored }: TemplateValue, text: string): RegistryValue {
  const [state, data, ...others] = elementsIn(text, id);
  const value = (type: string, written: string): RegistryValue => ({ name: id, type, data: written, exact: true });
  const states: string[] = stored.kind === 'switch' ? ['enabled', 'disabled'] : ['enabled'];
  if (state === undefined || !states.includes(state.nodeName) || others.length > 0)
    throw invalid(`${id} must be <enabled/>`);
  if (stored.kind === 'switch') return value('REG_DWORD', state.nodeName === 'enabled' ? '0x1' : '0x0');
  if (data?.nodeName !== 'data' || data.getAttribute('id') !== id)
    throw invalid(`${id} has no <data id="${id}" value="…"/>`);
  const content = data.getAttribute('value') ?? '';
  switch (stored.kind) {
    case 'list':
      return value('REG_MULTI_SZ', content.split(LINE).join('\\0'));
    case 'number':
      return value('REG_DWORD', /^\d+$/.test(content) ? `0x${Number(content).toString(16)}` : content);
    default:
      return value('REG_SZ', content);
  }
}

function elementsIn(text: string, id: string): Element[] {
  const parser = new DOMParser({
    onError(_level, message) {
      throw new Error(message);
    },
  });
  try {
    const root = parser.parseFromString(`<value>${text}</value>`, 'text/xml').documentElement;
    return [...(root?.childNodes ?? [])].filter((node): node is Element => node.nodeType === node.ELEMENT_NODE);
  } catch {
    throw invalid(`${id} is not XML`);
  }
}

function invalid(cause: string): UnparsableFile {
  return new UnparsableFile(problem('intune-profile-invalid', {}, { cause }));
}
