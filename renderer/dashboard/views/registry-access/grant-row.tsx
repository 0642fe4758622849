import { grantKey, isOver } from '../../../../shared/lists/grants.ts';
import { zonedTime } from '../../../../shared/messages/zoned-time.ts';
import type { Problem } from '../../../../shared/problems/problem.ts';
import type { SettingsGrant } from '../../../../shared/schemas/hub/grants.ts';
import { useNow } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { withGrantEdit, withGrantRemoved, withoutGrantEdit } from '../../stores/draft-extras.ts';
import { nameOf, type GrantRow as Row } from '../../stores/rows.ts';
import { LimitFields } from './limit-fields.tsx';
import { RegistryLine } from './registry-line.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** One registry that is allowed until a time, for teams, or both; folded below it both can be changed. */
export function GrantRow({
  row,
  fault,
  mayEdit,
  open,
  toggle,
}: {
  row: Row;
  fault: Problem | undefined;
  mayEdit: boolean;
  open: boolean;
  toggle: () => void;
}) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { grant, saved, edit, address } = row;
  const key = grantKey(saved ?? grant);
  const limit = { until: grant.until ?? '', teams: grant.teams ?? [] };
  const isUnlimited = limit.until === '' && limit.teams.length === 0;
  const change = (to: SettingsGrant) => registryAccess.edit((draft) => withGrantEdit(draft, to, saved));

  return (
    <RegistryLine
      {...{ fault, mayEdit, open, toggle }}
      row={{ address, name: nameOf(row), edit }}
      kind="limited"
      aside={<Terms grant={grant} />}
      removal={{
        label: texts.limit.removeOne(address, texts.limit.terms(grant)),
        onRemove: () => registryAccess.edit((draft) => withGrantRemoved(draft, key, saved)),
      }}
      onUndo={() => registryAccess.edit((draft) => withoutGrantEdit(draft, key))}
    >
      <label className="row-nickname">
        <span className="setting-label">{texts.nickname}</span>
        <input
          className="field"
          value={grant.nickname ?? ''}
          maxLength={200}
          autoComplete="off"
          onChange={({ target: { value } }) => {
            const { nickname: _before, ...others } = grant;
            change(value === '' ? others : { ...others, nickname: value });
          }}
        />
      </label>
      <LimitFields
        limit={limit}
        fault={isUnlimited ? texts.limit.needed : null}
        onChange={({ until, teams }) => {
          const { until: _until, teams: _teams, ...others } = grant;
          change({
            ...others,
            ...(until === '' ? {} : { until }),
            ...(teams.length === 0 ? {} : { teams: [...teams] }),
          });
        }}
      />
    </RegistryLine>
  );
}

/** Until when and for whom, in the reader's time with its zone; marked once that is over. */
function Terms({ grant }: { grant: SettingsGrant }) {
  const { registryAccess: texts } = useTexts();
  const { language } = useWords();
  const now = useNow();
  const { until, teams = [] } = grant;
  const over = isOver(grant, now);
  return (
    <span className="registry-limit">
      {until !== undefined && (
        <time dateTime={until} className={over ? 'chip tone-amber' : ''}>
          {over ? texts.limit.over(zonedTime(language, until)) : texts.limit.untilTime(zonedTime(language, until))}
        </time>
      )}
      {teams.length > 0 && <span>{texts.limit.forTeams(teams)}</span>}
    </span>
  );
}
