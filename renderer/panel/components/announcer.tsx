import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { describeState, titleOf } from '../../../shared/messages/describe-state.ts';
import { useWords } from '../../ui/words.ts';
import { usePanel } from '../hooks.ts';

/** Says a new state aloud, once: the ages in the headline and the sentence change all the time and are not news. */
export function Announcer() {
  const panel = usePanel();
  const words = useWords();
  const { status, snapshot } = useStore(panel.snapshot);
  const region = useRef<HTMLParagraphElement>(null);
  const said = useRef('');
  const news = status.kind === 'lost' ? 'lost' : snapshot === null ? '' : Object.values(snapshot.state).join(' ');
  useEffect(() => {
    const before = said.current;
    said.current = news;
    // What is there when the page opens is read with the page.
    if (before === '' || before === news || region.current === null) return;
    if (news === 'lost') {
      region.current.textContent = words.panel.lost.headline;
    } else if (snapshot !== null) {
      const text = describeState(snapshot, panel.now(), words);
      region.current.textContent = `${titleOf(text)}. ${text.sentence}`;
    }
  });
  const urgent = status.kind === 'lost' || snapshot?.state.look === 'red';
  return <p ref={region} className="visually-hidden announcer" role={urgent ? 'alert' : 'status'} />;
}
