import { useStore } from 'zustand';
import { describeState } from '../../../shared/messages/describe-state.ts';
import { useNow, usePanel, useSnapshot } from '../../ui/hooks.ts';
import { StateIcon } from '../components/state-icon.tsx';
import { hashOf } from '../view-route.ts';
import { useWords } from '../words.ts';

/** The state in one line, above every view but the overview, to which it leads. */
export function StateStrip() {
  const snapshot = useSnapshot();
  const words = useWords();
  const now = useNow();
  const connected = useStore(usePanel().snapshot, (state) => state.status.kind === 'open');
  const { state } = snapshot;
  const headline = connected
    ? describeState(snapshot, now, words.state, words.time).headline
    : words.panel.lost.headline;
  return (
    <a className={`strip tone-${connected ? state.look : 'grey'}`} href={hashOf('overview')}>
      <StateIcon state={connected ? state.id : 'connection-lost'} />
      <strong>{headline}</strong>
      <code>{connected ? state.code : 'P-NO-ANSWER'}</code>
    </a>
  );
}
