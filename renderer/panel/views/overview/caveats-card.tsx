import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';
import { hashOf } from '../../view-route.ts';

/** How many limits there are and how many of them were found on this machine, in one line; their texts are a view of their own. */
export function CaveatsCard() {
  const { caveats: words } = useWords().panel;
  const relevant = useSnapshot().caveats.filter(({ applies }) => applies !== 'no');
  const found = relevant.filter(({ foundBy }) => foundBy !== null).length;
  return (
    <Card
      title={words.title}
      aside={
        <a className="quiet-link" href={hashOf('caveats')}>
          {words.all(relevant.length)}
        </a>
      }
    >
      <p>{relevant.length === 0 ? words.none : words.summary(relevant.length, found)}</p>
    </Card>
  );
}
