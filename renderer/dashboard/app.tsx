import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useStore } from 'zustand';
import { wordsFor } from '../../shared/messages/words.ts';
import { applyAppearance } from '../ui/appearance.ts';
import { useWords, WordsContext } from '../ui/words.ts';
import { ExpiredNote } from './components/expired-note.tsx';
import { Masthead } from './components/masthead.tsx';
import { type Organization, OrganizationContext, organizationsOf, useDashboard, useMe, useTexts } from './hooks.ts';
import { routeIn, useHash } from './route.ts';
import { VIEWS, type ViewName, viewsFor } from './view-registry.ts';
import { SignedOutPage } from './views/signed-out-page.tsx';

export function App() {
  const { theme, language } = useStore(useDashboard().appearance);
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

function Page() {
  const session = useStore(useDashboard().session);
  const { shell } = useTexts();
  if (session.kind === 'starting') {
    return (
      <p className="waiting page-wide" role="status">
        {shell.connecting}
      </p>
    );
  }
  if (session.kind === 'signed-out') return <SignedOutPage problem={session.problem} />;
  return <SignedIn />;
}

/** The organization and the view that the address names; the first ones where it names none. */
function useShown(): { organization: Organization | undefined; view: ViewName | undefined; several: boolean } {
  const organizations = organizationsOf(useMe());
  const route = routeIn(useHash());
  const organization =
    organizations.find(({ name }) => name === route.organization) ??
    organizations.find(({ access }) => viewsFor(access).length > 0) ??
    organizations[0];
  const views = viewsFor(organization?.access ?? 'member');
  const view = views.find((name) => name === route.view) ?? views[0];
  return { organization, view, several: organizations.length > 1 };
}

function SignedIn() {
  const { shell } = useTexts();
  const { state } = useWords();
  const { organization, view, several } = useShown();
  const main = useRef<HTMLElement>(null);
  const place = `${organization?.name} ${view}`;
  const shown = useRef(place);
  // Another view begins at its top, and focus that went with a link goes to it.
  useLayoutEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    scrollTo({ top: 0 });
    if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
  }, [place]);
  const title = [view === undefined ? shell.dashboard : shell.viewName[view], organization?.name, state.product];
  const text = title.filter((part) => part !== undefined).join(' · ');
  useEffect(() => {
    document.title = text;
  }, [text]);

  return (
    <>
      <Masthead organization={organization} view={view} several={several} />
      <main ref={main} tabIndex={-1} data-view={view}>
        <ExpiredNote />
        {organization === undefined ? (
          <Plain headline={shell.nowhere.headline} text={shell.nowhere.text} />
        ) : view === undefined ? (
          <Plain headline={shell.member.headline(organization.name)} text={shell.member.text} />
        ) : (
          <OrganizationContext value={organization}>
            <Shown key={organization.name} view={view} />
          </OrganizationContext>
        )}
      </main>
    </>
  );
}

function Shown({ view }: { view: ViewName }) {
  const { View } = VIEWS[view];
  return <View />;
}

function Plain({ headline, text }: { headline: string; text: string }) {
  return (
    <div className="plain-page">
      <h1>{headline}</h1>
      <p>{text}</p>
    </div>
  );
}
