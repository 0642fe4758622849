import { useId } from 'react';
import { useStore } from 'zustand';
import { Brand } from '../../ui/components/brand.tsx';
import { useWords } from '../../ui/words.ts';
import { type Organization, organizationsOf, useDashboard, useMe, useTexts } from '../hooks.ts';
import { hashOf } from '../route.ts';
import { type ViewName, viewsFor } from '../view-registry.ts';
import { OpenCount } from '../views/requests/open-count.tsx';
import { AccountMenu } from './account-menu.tsx';

export function Masthead({
  organization,
  view,
  several,
}: {
  organization: Organization | undefined;
  view: ViewName | undefined;
  several: boolean;
}) {
  const { shell } = useTexts();
  const { state } = useWords();
  const unsaved = useStore(useDashboard().unsaved);
  const named = several ? (organization?.name ?? null) : null;
  const views = viewsFor(organization?.access ?? 'member');
  return (
    <header className="masthead">
      <div className="masthead-names">
        <Brand name={state.product} />
        {organization !== undefined &&
          (several ? <Chooser shown={organization} view={view} /> : <OnlyOne of={organization} />)}
      </div>
      {views.length > 0 && (
        <nav aria-label={shell.views}>
          {views.map((name) => (
            <a key={name} href={hashOf(name, named)} aria-current={name === view ? 'page' : undefined}>
              {shell.viewName[name]}
              {name === 'requests' && organization !== undefined && (
                <OpenCount key={organization.name} organization={organization.name} />
              )}
              {unsaved.has(`${organization?.name} ${name}`) && (
                <span className="unsaved-mark">
                  <span className="visually-hidden">, {shell.unsaved}</span>
                </span>
              )}
            </a>
          ))}
        </nav>
      )}
      <AccountMenu access={organization?.access} />
    </header>
  );
}

function OnlyOne({ of }: { of: Organization }) {
  return <span className="organization">{of.name}</span>;
}

function Chooser({ shown, view }: { shown: Organization; view: ViewName | undefined }) {
  const { shell } = useTexts();
  const me = useMe();
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {shell.organization}
      </label>
      <select
        id={id}
        className="field organization"
        value={shown.name}
        onChange={(event) => {
          location.hash = hashOf(view ?? 'registry-access', event.target.value);
        }}
      >
        {organizationsOf(me).map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </>
  );
}
