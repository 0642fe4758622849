import { useId, useState } from 'react';
import { useNow } from '../hooks.ts';
import { useWords } from '../words.ts';

/**
 * A time as a person thinks of it, with the exact one on hover and focus; a click or tap keeps the exact one, for reading
 * it out.
 *
 * @param at milliseconds since 1970
 */
export function When({ at, direction }: { at: number; direction: 'past' | 'future' }) {
  const { time, panel } = useWords();
  const now = useNow();
  const tip = useId();
  const [pinned, setPinned] = useState(false);
  const relative = direction === 'past' ? time.ago(at, now) : time.until(at, now);
  const exact = time.exact(at);
  return (
    <span className="when">
      <button type="button" aria-describedby={tip} aria-pressed={pinned} onClick={() => setPinned(!pinned)}>
        <time dateTime={new Date(at).toISOString()}>{pinned ? exact : relative}</time>
      </button>
      <span className="tip" role="tooltip" id={tip}>
        {pinned ? relative : exact} <span className="visually-hidden">{panel.exactTimeHint}</span>
      </span>
    </span>
  );
}
