import { build } from 'plist';
import { type TemplateValue, templateValues } from '../../main/managed-config/admx.ts';
import { DOCKER_PAYLOAD, PORTCULLIS_PAYLOAD } from '../../main/managed-config/mobileconfig.ts';
import type { StoredAs } from '../../main/managed-config/stored-as.ts';
import { commonTexts, settingTexts } from './texts.ts';

/** To be raised when a setting comes or goes: managers compare both. */
const MANIFEST_VERSION = 1;
const LAST_MODIFIED = new Date('2026-11-28T00:00:00Z');

/** A preference domain, and how its values are held there: Docker Desktop's is one text with semicolons. */
interface Domain {
  domain: string;
  title: string;
  values: { value: TemplateValue; stored: StoredAs; explain: string }[];
}

export const macosDomains: readonly Domain[] = [
  {
    domain: DOCKER_PAYLOAD,
    title: 'Portcullis: sign-in enforcement',
    values: templateValues
      .filter(({ id }) => id === 'allowedOrgs')
      .map((value) => ({
        value,
        stored: { kind: 'text', maxLength: null, pattern: '^[^\\s,;]+(;[^\\s,;]+)*;?$' },
        explain: `${settingTexts[value.id]['en-US'].explain} ${commonTexts['en-US'].semicolons}`,
      })),
  },
  {
    domain: PORTCULLIS_PAYLOAD,
    title: 'Portcullis',
    values: templateValues
      .filter(({ id }) => id !== 'allowedOrgs')
      .map((value) => ({ value, stored: value.stored, explain: settingTexts[value.id]['en-US'].explain })),
  },
];

type Plist = string | number | boolean | Date | Plist[] | { [key: string]: Plist };

/** For ProfileCreator and iMazing Profile Editor ([format](https://github.com/ProfileManifests/ProfileManifests/wiki/Manifest-Format)). */
export function profileManifest({ domain, title, values }: Domain): string {
  const manifest: Plist = {
    pfm_description: `${title}. ${commonTexts['en-US'].about}`,
    pfm_domain: domain,
    pfm_format_version: 1,
    pfm_interaction: 'combined',
    pfm_last_modified: LAST_MODIFIED,
    pfm_platforms: ['macOS'],
    pfm_subkeys: [
      ...payloadKeys(domain, title),
      ...values.map(({ value, stored, explain }) => ({
        pfm_description: explain,
        pfm_name: value.id,
        pfm_title: settingTexts[value.id]['en-US'].title,
        ...manifestType(stored),
      })),
    ],
    pfm_targets: ['system'],
    pfm_title: title,
    pfm_unique: true,
    pfm_version: MANIFEST_VERSION,
  };
  return `${build(manifest as never)}\n`;
}

/** What every payload has (Apple, "CommonPayloadKeys"). */
function payloadKeys(domain: string, title: string): Plist[] {
  const key = (name: string, type: string, value: Plist) => ({
    pfm_default: value,
    pfm_name: name,
    pfm_require: 'always',
    pfm_title: name,
    pfm_type: type,
  });
  return [
    key('PayloadDisplayName', 'string', title),
    key('PayloadIdentifier', 'string', domain),
    key('PayloadType', 'string', domain),
    key('PayloadUUID', 'string', ''),
    key('PayloadVersion', 'integer', 1),
  ];
}

function manifestType(stored: StoredAs): { [key: string]: Plist } {
  switch (stored.kind) {
    case 'text':
      return { pfm_type: 'string', ...(stored.pattern !== null && { pfm_format: stored.pattern }) };
    case 'json':
      return { pfm_type: 'string' };
    case 'choice':
      return { pfm_type: 'string', pfm_range_list: [...stored.options] };
    case 'number':
      return { pfm_type: 'integer', pfm_range_min: stored.minimum, pfm_range_max: stored.maximum };
    case 'switch':
      return { pfm_type: 'boolean' };
    case 'list':
      return { pfm_type: 'array', pfm_subkeys: [{ pfm_name: 'item', pfm_title: 'Item', pfm_type: 'string' }] };
  }
}

/** For "Application & Custom Settings" of Jamf Pro, which shows a form for it. What is not configured is not written. */
export function jamfSchema({ domain, title, values }: Domain): string {
  const properties = values.map(({ value, stored, explain }, index) => {
    const type = { title: 'Configured', ...jamfType(stored) };
    return [
      value.id,
      {
        title: settingTexts[value.id]['en-US'].title,
        description: explain,
        property_order: (index + 1) * 5,
        anyOf: [{ type: 'null', title: 'Not Configured' }, type],
      },
    ];
  });
  const schema = {
    title: `${title} (${domain})`,
    description: commonTexts['en-US'].about,
    __preferencedomain: domain,
    properties: Object.fromEntries(properties),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function jamfType(stored: StoredAs): Record<string, unknown> {
  switch (stored.kind) {
    case 'text':
      return {
        type: 'string',
        ...(stored.maxLength !== null && { maxLength: stored.maxLength }),
        ...(stored.pattern !== null && { pattern: stored.pattern }),
      };
    case 'json':
      return { type: 'string' };
    case 'choice':
      return { type: 'string', enum: stored.options };
    case 'number':
      return { type: 'integer', minimum: stored.minimum, maximum: stored.maximum };
    case 'switch':
      return { type: 'boolean' };
    case 'list':
      return { type: 'array', maxItems: stored.maxItems, items: { type: 'string' } };
  }
}
