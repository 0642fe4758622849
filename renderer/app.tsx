import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import logo from '../assets/portcullis.svg?raw';
import { describeState } from '../shared/messages/describe-state.ts';
import { summaryText } from '../shared/messages/summary.ts';
import { CopyButton } from './components/copy-button.tsx';
import { useNow, usePanel } from './hooks.ts';
import { Overview } from './views/overview/overview.tsx';
import { RefusedPage } from './views/refused-page.tsx';
import { useWords } from './words.ts';

export function App() {
  const { status, snapshot } = useStore(usePanel().snapshot);
  const { panel: words } = useWords();
  if (status.kind === 'refused') return <RefusedPage why={status.why} />;
  return (
    <>
      <Title />
      <Masthead />
      <main data-connected={status.kind === 'open'}>
        {snapshot === null ? (
          <Waiting text={status.kind === 'lost' ? words.lost.headline : words.connecting} />
        ) : (
          <Overview />
        )}
      </main>
    </>
  );
}

function Masthead() {
  const panel = usePanel();
  const words = useWords();
  const snapshot = useStore(panel.snapshot, (state) => state.snapshot);
  return (
    <header className="masthead">
      <p className="brand">
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: our own drawing, compiled in */}
        <span className="logo" aria-hidden="true" dangerouslySetInnerHTML={{ __html: logo }} />
        {words.state.product}
      </p>
      {snapshot !== null && (
        <CopyButton
          className="button quiet"
          label={words.panel.copySummary}
          text={() => summaryText(snapshot, panel.now(), words)}
        />
      )}
    </header>
  );
}

/** Shown only if it takes a while (see the style sheet), so that a quick start does not flicker. */
function Waiting({ text }: { text: string }) {
  return (
    <p className="waiting" role="status">
      {text}
    </p>
  );
}

/** The window's title follows the state, so that a tab or a task bar tells it too. */
function Title() {
  const { status, snapshot } = useStore(usePanel().snapshot);
  const { state, panel, time } = useWords();
  const now = useNow();
  const shown = useRef('');
  const headline =
    status.kind === 'lost'
      ? panel.lost.headline
      : snapshot === null
        ? ''
        : describeState(snapshot, now, state, time).headline;
  useEffect(() => {
    const title = headline === '' ? state.product : `${headline} · ${state.product}`;
    if (shown.current !== title) document.title = title;
    shown.current = title;
  }, [headline, state.product]);
  return null;
}
