import { type KeyboardEvent, useCallback, useDeferredValue, useId, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { grantKey } from '../../../../shared/lists/grants.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { VirtualList } from '../../../ui/components/virtual-list.tsx';
import { useTexts } from '../../hooks.ts';
import { withAdded } from '../../stores/draft.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { type AnyRow, arranged, grantRowsOf, rowKey, rowsOf, SORTS, type Sort } from '../../stores/rows.ts';
import { ExportMenu } from './export-menu.tsx';
import { GrantRow } from './grant-row.tsx';
import { HistoryButton } from './history.tsx';
import { RegistryRow } from './registry-row.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

const INITIAL: Sort = { by: 'name', descending: false };
/** What to begin with, where nothing is allowed yet. */
const STARTERS = ['docker.io', 'ghcr.io', 'quay.io', 'mcr.microsoft.com', 'registry.k8s.io'];

/** All lines of the list, however many, with what the draft does to them. */
export function RegistryTable({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft, origins, faults } = useStore(registryAccess.store);
  const [query, setQuery] = useState('');
  const [sort, setSort] = useState(INITIAL);
  const field = useId();
  const wanted = useDeferredValue(query);
  const rows = useMemo((): AnyRow[] => {
    const lines = rowsOf(saved.registries, draft);
    return [...lines, ...grantRowsOf(saved.grants ?? [], draft, lines.length)];
  }, [saved, draft]);
  const shown = useMemo(
    () => arranged(rows, wanted, sort, (address) => origins.get(address)),
    [rows, wanted, sort, origins],
  );
  const onSight = useCallback(() => undefined, []);
  const staying = rows.filter(({ edit }) => edit !== 'remove').length;

  return (
    <Card
      title={texts.list}
      className="registry-table"
      aside={
        <span className="actions">
          <span className="fine" role="status">
            {wanted.trim() === '' ? texts.count(staying) : texts.found(shown.length, rows.length)}
          </span>
          {saved.registries.length > 0 && <ExportMenu saved={saved} />}
          <HistoryButton saved={saved} mayEdit={mayEdit} />
        </span>
      }
    >
      {rows.length === 0 ? (
        <Empty saved={saved} mayEdit={mayEdit} />
      ) : (
        <>
          <div className="table-tools">
            <search>
              <label className="visually-hidden" htmlFor={field}>
                {texts.search}
              </label>
              <input
                id={field}
                type="search"
                className="field"
                placeholder={texts.search}
                value={query}
                onChange={(event) => {
                  scrollTo({ top: 0 });
                  setQuery(event.target.value);
                }}
                autoComplete="off"
                spellCheck={false}
                maxLength={255}
              />
            </search>
            <SortButtons sort={sort} onChange={setSort} />
          </div>
          {shown.length === 0 && <p className="empty">{texts.noMatch(wanted)}</p>}
          {/* biome-ignore lint/a11y/noStaticElementInteractions: a key beside the buttons that each row has */}
          <div onKeyDown={removeByKey}>
            <VirtualList
              // Open rows belong to one search and order.
              key={`${wanted} ${sort.by} ${sort.descending}`}
              label={texts.list}
              count={shown.length}
              rowHeight={3.25}
              onSight={onSight}
              row={(index, open, toggle) => {
                const row = shown[index];
                if (row === undefined) return null;
                const common = { mayEdit, open, toggle };
                // A row that becomes another one begins anew.
                return 'grant' in row ? (
                  <GrantRow
                    key={rowKey(row)}
                    row={row}
                    fault={faults.get(`grant ${grantKey(row.grant)}`)}
                    {...common}
                  />
                ) : (
                  <RegistryRow
                    key={rowKey(row)}
                    row={row}
                    origin={origins.get(row.address)}
                    fault={faults.get(row.address)}
                    {...common}
                  />
                );
              }}
            />
          </div>
        </>
      )}
    </Card>
  );
}

/** A row away with Delete. */
function removeByKey(event: KeyboardEvent<HTMLElement>): void {
  const { target, key } = event;
  if (key !== 'Delete' || !(target instanceof HTMLButtonElement) || !target.matches('.registry-head')) return;
  target.closest('li')?.querySelector<HTMLButtonElement>('[data-remove]')?.click();
  event.preventDefault();
}

function SortButtons({ sort, onChange }: { sort: Sort; onChange: (sort: Sort) => void }) {
  const { registryAccess: texts } = useTexts();
  return (
    <fieldset className="sorts">
      <legend className="visually-hidden">{texts.sortBy}</legend>
      <span className="fine" aria-hidden="true">
        {texts.sortBy}
      </span>
      {SORTS.map((by) => {
        const isChosen = sort.by === by;
        // The latest are what one looks for first.
        const descending = isChosen ? !sort.descending : by === 'added';
        return (
          <button
            key={by}
            type="button"
            aria-pressed={isChosen}
            data-descending={isChosen && sort.descending}
            onClick={() => onChange({ by, descending })}
          >
            {texts.sorts[by]}
            {isChosen && (
              <>
                <Icon name="chevron" />
                <span className="visually-hidden">, {sort.descending ? texts.descending : texts.ascending}</span>
              </>
            )}
          </button>
        );
      })}
    </fieldset>
  );
}

function Empty({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  return (
    <div className="empty-list">
      <h3>{texts.empty.headline}</h3>
      <p>{texts.empty.text}</p>
      {saved.enabled && saved.mode === 'enforce' && <p>{texts.empty.enforced}</p>}
      {mayEdit && (
        <>
          <p className="fine">{texts.empty.start}</p>
          <div className="actions">
            {STARTERS.map((address) => (
              <button
                key={address}
                type="button"
                className="button small"
                onClick={() =>
                  registryAccess.edit((draft) => withAdded(draft, [{ address, nickname: '' }], registryAccess.listed))
                }
              >
                {address}
              </button>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
