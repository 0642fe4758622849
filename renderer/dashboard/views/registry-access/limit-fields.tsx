import { useId } from 'react';
import { useStore } from 'zustand';
import { useTexts } from '../../hooks.ts';
import { fromLocalTime, localTime, zoneName } from './local-time.ts';
import { useRegistryAccess } from './use-registry-access.ts';

export interface Limit {
  /** RFC 3339; `''` for none. */
  readonly until: string;
  readonly teams: readonly string[];
}
export const NO_LIMIT: Limit = { until: '', teams: [] };

const DAY_MS = 86_400_000;
const QUICK = { day: DAY_MS, week: 7 * DAY_MS, month: 30 * DAY_MS } as const;

/** Until when, in the reader's time, and for which teams. */
export function LimitFields({
  limit,
  fault,
  onChange,
}: {
  limit: Limit;
  /** What is wrong with it. */
  fault: string | null;
  onChange: (limit: Limit) => void;
}) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const known = useStore(registryAccess.store, (state) => state.teams);
  const id = useId();
  // A team that has been deleted is shown where it is named, so that it can be taken away.
  const teams = [...new Set([...known, ...limit.teams])];
  return (
    <div className="limit-fields">
      <label className="form-label" htmlFor={id}>
        {texts.limit.until}
      </label>
      <input
        id={id}
        type="datetime-local"
        className="field"
        value={localTime(limit.until)}
        min={localTime(new Date().toISOString())}
        aria-describedby={`${id}-hint`}
        aria-invalid={fault !== null}
        aria-errormessage={fault === null ? undefined : `${id}-fault`}
        onChange={({ target: { value } }) => onChange({ ...limit, until: fromLocalTime(value, limit.until) })}
      />
      <div className="actions">
        {(['day', 'week', 'month'] as const).map((span) => (
          <button
            key={span}
            type="button"
            className="button small"
            aria-label={texts.limit.setTo(texts.limit.quick[span])}
            onClick={() => onChange({ ...limit, until: new Date(Date.now() + QUICK[span]).toISOString() })}
          >
            {texts.limit.quick[span]}
          </button>
        ))}
      </div>
      <p className="fine" id={`${id}-hint`}>
        {texts.limit.untilHint(zoneName())}
      </p>
      <fieldset className="team-choice">
        <legend>{texts.limit.teams}</legend>
        {teams.length === 0 ? (
          <p className="fine">{texts.limit.noTeams}</p>
        ) : (
          <>
            {teams.map((name) => (
              <label key={name}>
                <input
                  type="checkbox"
                  checked={limit.teams.includes(name)}
                  onChange={({ target: { checked } }) => {
                    const others = limit.teams.filter((team) => team !== name);
                    onChange({ ...limit, teams: checked ? [...others, name] : others });
                  }}
                />
                {name}
              </label>
            ))}
            <p className="fine">{texts.limit.teamsHint}</p>
          </>
        )}
      </fieldset>
      {fault !== null && (
        <p className="field-fault" id={`${id}-fault`} role="alert">
          {fault}
        </p>
      )}
    </div>
  );
}
