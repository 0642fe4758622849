import { useId, useState } from 'react';
import { useNow } from '../hooks.ts';
import { useWords } from '../words.ts';

/**
 * A time as a person thinks of it, with the exact one on hover and focus, or the other way round; a click or tap turns them
 * over, for reading it out.
 *
 * @param at milliseconds since 1970
 */
export function When({
  at,
  direction,
  shown = 'relative',
}: {
  at: number;
  direction: 'past' | 'future';
  /** Which of the two stands there until it is pressed: a limit is a date. */
  shown?: 'relative' | 'exact';
}) {
  const { time, panel } = useWords();
  const now = useNow();
  const tip = useId();
  const [turned, setTurned] = useState(false);
  const relative = direction === 'past' ? time.ago(at, now) : time.until(at, now);
  const exact = time.exact(at);
  const [first, second] = (shown === 'exact') === turned ? [relative, exact] : [exact, relative];
  return (
    <span className="when">
      <button type="button" aria-describedby={tip} onClick={() => setTurned(!turned)}>
        <time dateTime={new Date(at).toISOString()}>{first}</time>
      </button>
      <span className="tip" role="tooltip" id={tip}>
        {second} <span className="visually-hidden">{panel.exactTimeHint}</span>
      </span>
    </span>
  );
}
