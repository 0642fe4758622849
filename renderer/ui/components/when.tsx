import { useId, useState } from 'react';
import { useNow } from '../hooks.ts';
import { useWords } from '../words.ts';

/**
 * A time as a person thinks of it, with the exact one on hover and focus, or the other way round; a click or tap swaps the
 * two, so that the exact one can be read out.
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
  /** Which of the two is shown first; a limit is best shown as a date. */
  shown?: 'relative' | 'exact';
}) {
  const { time, panel } = useWords();
  const now = useNow();
  const tip = useId();
  const [turned, setTurned] = useState(false);
  const relative = direction === 'past' ? time.ago(at, now) : time.until(at, now);
  const exact = time.exact(at);
  const isExact = (shown === 'exact') !== turned;
  const [first, second] = isExact ? [exact, relative] : [relative, exact];
  return (
    <span className="when">
      <button type="button" aria-describedby={tip} onClick={() => setTurned(!turned)}>
        <time dateTime={new Date(at).toISOString()}>{first}</time>
      </button>
      <span className="tip" role="tooltip" id={tip}>
        {second} <span className="visually-hidden">{isExact ? panel.showRelativeTime : panel.showExactTime}</span>
      </span>
    </span>
  );
}
