import { type SettingName, type StoredAs, settingNames, storedAs } from './stored-as.ts';
import { DOCKER_KEY, PORTCULLIS_KEY } from './windows-registry.ts';

/** A value that an administrator can set by a template; its id is also the name of the value. */
export interface TemplateValue {
  id: 'allowedOrgs' | SettingName;
  /** The full path of the registry key. */
  key: string;
  stored: StoredAs;
}

export const templateValues: readonly TemplateValue[] = [
  { id: 'allowedOrgs', key: DOCKER_KEY, stored: { kind: 'list', maxItems: 1000 } },
  ...settingNames.map((id): TemplateValue => ({ id, key: PORTCULLIS_KEY, stored: storedAs(id) })),
];

/** The default of the ADMX schema, and all that Intune takes. */
export const MAX_TEXT = 1023;
export const CATEGORY = 'Portcullis';

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/**
 * The administrative template ([ADMX syntax](https://learn.microsoft.com/previous-versions/windows/desktop/policy/admx-schema)), for Group
 * Policy and for Intune, whose import knows neither `comboBox` nor namespaces of Windows.
 */
export function admx(): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitions revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <policyNamespaces>
    <target prefix="portcullis" namespace="Portcullis.Policies.Portcullis" />
  </policyNamespaces>
  <resources minRequiredRevision="1.0" fallbackCulture="en-US" />
  <supportedOn>
    <definitions>
      <definition name="SUPPORTED" displayName="$(string.SUPPORTED)" />
    </definitions>
  </supportedOn>
  <categories>
    <category name="${CATEGORY}" displayName="$(string.${CATEGORY})" />
  </categories>
  <policies>
${templateValues.map(policy).join('\n')}
  </policies>
</policyDefinitions>
`;
}

function policy({ id, key, stored }: TemplateValue): string {
  const below = escapeXml(key.replace('HKEY_LOCAL_MACHINE\\', ''));
  const head = `name="${id}" class="Machine" displayName="$(string.${id})" explainText="$(string.${id}_Explain)" key="${below}"`;
  const place = `      <parentCategory ref="${CATEGORY}" />\n      <supportedOn ref="SUPPORTED" />`;
  if (stored.kind === 'switch') {
    return `    <policy ${head} valueName="${id}">
${place}
      <enabledValue>
        <decimal value="1" />
      </enabledValue>
      <disabledValue>
        <decimal value="0" />
      </disabledValue>
    </policy>`;
  }
  return `    <policy ${head} presentation="$(presentation.${id})">
${place}
      <elements>
        ${element(id, stored)}
      </elements>
    </policy>`;
}

function element(id: string, stored: Exclude<StoredAs, { kind: 'switch' }>): string {
  const names = `id="${id}" valueName="${id}" required="true"`;
  switch (stored.kind) {
    case 'text':
      return `<text ${names} maxLength="${Math.min(stored.maxLength ?? MAX_TEXT, MAX_TEXT)}" />`;
    case 'json':
      return `<text ${names} maxLength="${MAX_TEXT}" />`;
    case 'number':
      return `<decimal ${names} minValue="${stored.minimum}" maxValue="${stored.maximum}" />`;
    case 'list':
      // A <list> would make a key with one value for each entry.
      return `<multiText ${names} maxStrings="${stored.maxItems}" />`;
    case 'choice': {
      const item = (option: string) => `
          <item displayName="$(string.${id}_${option})">
            <value>
              <string>${escapeXml(option)}</string>
            </value>
          </item>`;
      return `<enum ${names}>${stored.options.map(item).join('')}
        </enum>`;
    }
  }
}
