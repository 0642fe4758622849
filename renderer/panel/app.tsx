import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { describeState, titleOf } from '../../shared/messages/describe-state.ts';
import { summaryText } from '../../shared/messages/summary.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { appearanceOf, applyAppearance, keptAppearance } from '../ui/appearance.ts';
import { Brand } from '../ui/components/brand.tsx';
import { CopyButton } from '../ui/components/copy-button.tsx';
import { useNow } from '../ui/hooks.ts';
import { useWords, WordsContext } from '../ui/words.ts';
import { Announcer } from './components/announcer.tsx';
import { usePanel } from './hooks.ts';
import { RequestDialog } from './requests/request-dialog.tsx';
import { hashOf, useCurrentView, VIEWS, type ViewName } from './view-route.ts';
import { Activity } from './views/activity/activity.tsx';
import { Caveats } from './views/caveats/caveats.tsx';
import { InvalidLinkPage } from './views/invalid-link-page.tsx';
import { Overview } from './views/overview/overview.tsx';
import { Registries } from './views/registries/registries.tsx';
import { Settings } from './views/settings/settings.tsx';
import { StateStrip } from './views/state-strip.tsx';

export function App() {
  const preferences = useStore(usePanel().snapshot, (state) => state.snapshot?.preferences ?? null);
  const { theme, language } = preferences === null ? keptAppearance(localStorage) : appearanceOf(preferences);
  const words = useMemo(() => wordsFor(language, navigator.language), [language]);
  useEffect(() => {
    applyAppearance({ theme, language }, words.language, document.documentElement, localStorage);
  }, [theme, language, words]);
  return (
    <WordsContext value={words}>
      <Page />
    </WordsContext>
  );
}

const VIEW_OF: Record<ViewName, () => React.ReactNode> = {
  overview: Overview,
  registries: Registries,
  activity: Activity,
  caveats: Caveats,
  settings: Settings,
};

function Page() {
  const { status, snapshot } = useStore(usePanel().snapshot);
  const { panel: words } = useWords();
  const view = useCurrentView();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  // Before what a view itself brings into sight: another view begins at its top, and focus that went with a link goes to it.
  useLayoutEffect(() => {
    if (shown.current === view) return;
    shown.current = view;
    scrollTo({ top: 0 });
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [view]);
  if (status.kind === 'unauthorized') return <InvalidLinkPage why={status.why} />;
  const View = VIEW_OF[view];
  return (
    <>
      <Title />
      <Announcer />
      <Masthead view={view} />
      <main ref={main} tabIndex={-1} data-connected={status.kind === 'open'} data-view={view}>
        {snapshot === null ? (
          <Waiting text={status.kind === 'lost' ? words.lost.headline : words.connecting} />
        ) : (
          <>
            {view !== 'overview' && <StateStrip />}
            <View />
            <RequestDialog />
          </>
        )}
      </main>
    </>
  );
}

function Masthead({ view }: { view: ViewName }) {
  const panel = usePanel();
  const words = useWords();
  const snapshot = useStore(panel.snapshot, (state) => state.snapshot);
  return (
    <header className="masthead">
      <Brand name={words.state.product} />
      <nav aria-label={words.panel.views}>
        {VIEWS.map((name) => (
          <a key={name} href={hashOf(name)} aria-current={name === view ? 'page' : undefined}>
            {words.panel.viewName[name]}
          </a>
        ))}
      </nav>
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
  const words = useWords();
  const { panel, state } = words;
  const now = useNow();
  const shown = useRef('');
  const headline =
    status.kind === 'lost'
      ? panel.lost.headline
      : snapshot === null
        ? ''
        : titleOf(describeState(snapshot, now, words));
  useEffect(() => {
    const title = headline === '' ? state.product : `${headline} · ${state.product}`;
    if (shown.current !== title) document.title = title;
    shown.current = title;
  }, [headline, state.product]);
  return null;
}
