import { useStore } from 'zustand';
import { describeState, titleOf } from '../../../shared/messages/describe-state.ts';
import { useNow } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { StateIcon } from '../components/state-icon.tsx';
import { usePanel, useSnapshot } from '../hooks.ts';
import { hashOf } from '../view-route.ts';

/** The state in one line, above every view but the overview, to which it leads. */
export function StateStrip() {
  const snapshot = useSnapshot();
  const words = useWords();
  const now = useNow();
  const connected = useStore(usePanel().snapshot, (state) => state.status.kind === 'open');
  const { state } = snapshot;
  const headline = connected ? titleOf(describeState(snapshot, now, words)) : words.panel.lost.headline;
  return (
    <a className={`strip tone-${connected ? state.look : 'grey'}`} href={hashOf('overview')}>
      <StateIcon state={connected ? state.id : 'connection-lost'} />
      <strong>{headline}</strong>
      <code>{connected ? state.code : 'P-NO-ANSWER'}</code>
    </a>
  );
}
