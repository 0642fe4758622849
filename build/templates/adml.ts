import { CATEGORY, escapeXml, type TemplateValue, templateValues } from '../../main/managed-config/admx.ts';
import { commonTexts, settingTexts, type TemplateLanguage } from './texts.ts';

/** The texts of the administrative template in one language. */
export function adml(language: TemplateLanguage): string {
  const common = commonTexts[language];
  const strings = [
    ['SUPPORTED', common.supported],
    [CATEGORY, 'Portcullis'],
    ...templateValues.flatMap(({ id, stored }) => {
      const { title, explain } = settingTexts[id][language];
      const hint = stored.kind === 'list' ? ` ${common.onePerLine}` : '';
      const options = stored.kind === 'choice' ? stored.options.map((option) => [`${id}_${option}`, option]) : [];
      return [[id, title], [`${id}_Explain`, `${explain}${hint}`], ...options];
    }),
  ];
  return `<?xml version="1.0" encoding="utf-8"?>
<policyDefinitionResources revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <displayName>Portcullis</displayName>
  <description>${escapeXml(common.about)}</description>
  <resources>
    <stringTable>
${strings.map(([id = '', text = '']) => `      <string id="${id}">${escapeXml(text)}</string>`).join('\n')}
    </stringTable>
    <presentationTable>
${templateValues.flatMap((value) => presentation(value, language)).join('\n')}
    </presentationTable>
  </resources>
</policyDefinitionResources>
`;
}

function presentation({ id, stored }: TemplateValue, language: TemplateLanguage): string[] {
  const title = escapeXml(settingTexts[id][language].title);
  const control = () => {
    switch (stored.kind) {
      case 'switch':
        return null;
      case 'text':
      case 'json':
        return `<textBox refId="${id}"><label>${title}</label></textBox>`;
      case 'number':
        return `<decimalTextBox refId="${id}" defaultValue="${stored.minimum}" spin="false">${title}</decimalTextBox>`;
      case 'list':
        return `<multiTextBox refId="${id}">${title}</multiTextBox>`;
      case 'choice':
        return `<dropdownList refId="${id}" noSort="true" defaultItem="0">${title}</dropdownList>`;
    }
  };
  const shown = control();
  return shown === null ? [] : [`      <presentation id="${id}">${shown}</presentation>`];
}
