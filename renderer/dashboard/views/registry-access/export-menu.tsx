import { CSV_START, csvRecord } from '../../../../shared/lists/csv-record.ts';
import type { RegistryEntry } from '../../../../shared/policy/schema.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { Menu } from '../../components/menu.tsx';
import { useOrganization, useTexts } from '../../hooks.ts';
import type { Saved } from '../../stores/registry-access.ts';

/** The list as it is saved, for a spreadsheet or a program; "Add several" reads both. */
export function ExportMenu({ saved: { registries, revision } }: { saved: Saved }) {
  const { registryAccess: texts } = useTexts();
  const { name } = useOrganization();
  const file = `${name}-registries-${revision}`;
  return (
    <Menu
      button="button small"
      summary={
        <>
          {texts.export} <Icon name="chevron" />
        </>
      }
    >
      <button type="button" className="button small" onClick={() => save(`${file}.csv`, 'text/csv', csvOf(registries))}>
        {texts.exportCsv}
      </button>
      <button
        type="button"
        className="button small"
        onClick={() => save(`${file}.json`, 'application/json', `${JSON.stringify({ registries }, null, 2)}\n`)}
      >
        {texts.exportJson}
      </button>
    </Menu>
  );
}

function csvOf(registries: readonly RegistryEntry[]): string {
  const lines = registries.map(({ address, nickname = '' }) => csvRecord([address, nickname]));
  return [CSV_START, csvRecord(['address', 'nickname']), ...lines].join('');
}

function save(name: string, type: string, content: string): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
