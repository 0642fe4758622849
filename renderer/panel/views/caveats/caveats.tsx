import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { CaveatList } from '../../components/caveat-list.tsx';
import { useSnapshot } from '../../hooks.ts';

/** The limits of the enforcement on this machine, told before somebody finds them out. */
export function Caveats() {
  const { caveats } = useSnapshot();
  const { caveats: words } = useWords().panel;
  return (
    <Card title={words.title} heading={1}>
      <p className="lead">{words.lead}</p>
      <CaveatList caveats={caveats} unfolded />
    </Card>
  );
}
