import { useState } from 'react';
import type { Tour } from '../../../../shared/schemas/tour.ts';
import { belongs } from '../../../../shared/state/session.ts';
import { Card } from '../../../ui/components/card.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';

const STORAGE_KEY = 'portcullis.tour';

/** What to try in the demo, in order, until it is hidden. */
export function TourCard() {
  const { tour } = useSnapshot();
  const { tour: words } = useWords().panel;
  const [hidden, setHidden] = useState(() => localStorage.getItem(STORAGE_KEY) === 'hidden');
  if (tour === null || hidden) return null;
  const hide = () => {
    localStorage.setItem(STORAGE_KEY, 'hidden');
    setHidden(true);
  };
  return (
    <Card
      title={words.title}
      aside={
        <button type="button" className="button small" onClick={hide}>
          {words.hide}
        </button>
      }
    >
      <Steps tour={tour} />
    </Card>
  );
}

function Steps({ tour }: { tour: Tour }) {
  const { session } = useSnapshot();
  const { tour: words } = useWords().panel;
  const isSignedIn = session !== null && belongs(session);
  return (
    <ol className="plain tour">
      <li data-done={isSignedIn}>
        <p>
          {words.signIn(tour.member)}
          {isSignedIn && (
            <span className="tone-green tour-done">
              <Icon name="check" />
              {words.done}
            </span>
          )}
        </p>
      </li>
      <Command words={words.allowed} command={tour.allowed} />
      <Command words={words.blocked} command={tour.blocked} />
      <Command words={words.allow(tour.owner)} command={tour.allow} />
    </ol>
  );
}

function Command({ words, command }: { words: string; command: string }) {
  const { copyCommand } = useWords().panel.tour;
  return (
    <li>
      <p>{words}</p>
      <p className="tour-command">
        <code>{command}</code>
        <CopyButton className="icon-button" label={copyCommand} text={() => command} iconOnly />
      </p>
    </li>
  );
}
