import { useStore } from 'zustand';
import type { MachineState } from '../../../../shared/schemas/hub/machines.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { TONE, useMachines } from './use-machines.ts';

const ORDER: readonly MachineState[] = ['enforcing', 'outdated', 'not-enforcing', 'silent', 'unverified'];

/** How many machines are in each state; each is a filter. */
export function Summary() {
  const machines = useMachines();
  const { machines: texts } = useTexts();
  const { language } = useWords();
  const summary = useStore(machines.store, (state) => state.summary);
  const chosen = useStore(machines.store, (state) => state.filter.state);
  if (summary === null) return null;
  return (
    <fieldset className="machine-states">
      <legend className="visually-hidden">{texts.byState}</legend>
      {ORDER.map((state) => (
        <button
          key={state}
          type="button"
          className={`machine-state tone-${summary.states[state] === 0 ? 'grey' : TONE[state]}`}
          aria-pressed={chosen === state}
          onClick={() => void machines.filter({ state: chosen === state ? '' : state })}
        >
          <strong>{summary.states[state].toLocaleString(language)}</strong>
          <span className="machine-state-name">{texts.state[state]}</span>
          <span className="fine">{texts.means[state]}</span>
        </button>
      ))}
    </fieldset>
  );
}
