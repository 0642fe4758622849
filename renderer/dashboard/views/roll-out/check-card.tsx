import { CHECK_COMMANDS } from '../../../../shared/roll-out/methods.ts';
import { Card } from '../../../ui/components/card.tsx';
import { useTexts } from '../../hooks.ts';
import { Commands } from './commands.tsx';

/** How an administrator sees that a machine has all of it. */
export function CheckCard() {
  const { rollOut } = useTexts();
  return (
    <Card title={rollOut.check}>
      <p className="lead">{rollOut.checkText}</p>
      <Commands label={rollOut.commands(rollOut.check)} text={CHECK_COMMANDS.join('\n')} />
    </Card>
  );
}
