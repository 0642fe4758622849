import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';
import { CaveatList } from './caveat-list.tsx';

/** The limits of the enforcement on this machine, told before somebody finds them out. */
export function Caveats() {
  const { caveats } = useSnapshot();
  const { caveats: words } = useWords().panel;
  return (
    <Card title={words.title} heading={1}>
      <p className="lead">{words.lead}</p>
      <CaveatList caveats={caveats} />
    </Card>
  );
}
