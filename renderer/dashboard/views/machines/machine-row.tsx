import { useId } from 'react';
import { type Machine, SHORT_ID_LENGTH } from '../../../../shared/schemas/hub/machines.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useNow } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { Details } from './details.tsx';
import { TONE } from './use-machines.ts';

/** One machine: its state, who uses it, and the first thing that is missing; opened, everything that is known. */
export function MachineRow({
  machine,
  open,
  onToggle,
}: {
  /** undefined while its page is on its way. */
  machine: Machine | undefined;
  open: boolean;
  onToggle: () => void;
}) {
  const { machines: texts } = useTexts();
  const { time } = useWords();
  const now = useNow();
  const details = useId();
  if (machine === undefined) return <p className="machine-line fine">{texts.loadingRow}</p>;
  const { id, state, missing, person, lastReceipt, unsigned } = machine;
  const shortId = id.slice(0, SHORT_ID_LENGTH);
  const shownPerson = person?.name ?? person?.username ?? texts.nobody;
  const [first] = missing;
  return (
    <div className={open ? 'machine open' : 'machine'}>
      <button
        type="button"
        className="machine-line"
        aria-expanded={open}
        aria-controls={open ? details : undefined}
        onClick={onToggle}
      >
        <Icon name="chevron" />
        <span className="machine-who">
          <code>{shortId}</code>
          <span className="fine">{shownPerson}</span>
        </span>
        <span className="machine-what">
          <span className={`chip tone-${TONE[state]}`}>{texts.state[state]}</span>
          <span className="fine machine-first">
            {first === undefined ? (unsigned?.system ?? '') : <ProblemText problem={first} shown="message" />}
            {missing.length > 1 && ` · ${texts.more(missing.length - 1)}`}
          </span>
        </span>
        <span className="fine machine-when">
          {lastReceipt === null ? texts.neverReported : time.ago(Date.parse(lastReceipt), now)}
        </span>
      </button>
      {open && (
        <div id={details} className="machine-details">
          <Details id={id} />
        </div>
      )}
    </div>
  );
}
