import { useState } from 'react';
import { useStore } from 'zustand';
import { languages, spokenLanguages } from '../../../shared/messages/languages.ts';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import { CHANGE_PASSWORD_PATH } from '../../../shared/schemas/hub-schema.ts';
import { Choice } from '../../ui/components/choice.tsx';
import { Icon } from '../../ui/components/icon.tsx';
import { useWords } from '../../ui/words.ts';
import { useDashboard, useMe, useTexts } from '../hooks.ts';
import { Confirm } from './confirm.tsx';
import { Menu } from './menu.tsx';

/** Who is signed in, as what, how the page looks, and the way out. */
export function AccountMenu({ access }: { access: Access | undefined }) {
  const dashboard = useDashboard();
  const { shell } = useTexts();
  const { settings } = useWords().panel;
  const me = useMe();
  const { theme, language } = useStore(dashboard.appearance);
  const [asking, setAsking] = useState(false);
  const name = me.name ?? me.email ?? '';

  return (
    <>
      <Menu
        className="account"
        label={`${shell.account}: ${name}`}
        summary={
          <>
            <span className="account-name">{name}</span>
            {access !== undefined && <span className="fine">{shell.role[access]}</span>}
            <Icon name="chevron" />
          </>
        }
      >
        <p className="fine">{shell.signedInAs(name)}</p>
        <div className="setting">
          <span className="setting-label">{settings.theme}</span>
          <Choice
            label={settings.theme}
            value={theme}
            options={[
              ['system', settings.asSystem],
              ['light', settings.light],
              ['dark', settings.dark],
            ]}
            onChange={(value) => dashboard.appearance.setState({ theme: value })}
          />
        </div>
        <div className="setting">
          <span className="setting-label">{settings.language}</span>
          <Choice
            label={settings.language}
            value={language}
            options={[
              ['system', settings.asSystem],
              ...spokenLanguages.map((code) => [code, languages[code].name] as const),
            ]}
            onChange={(value) => dashboard.appearance.setState({ language: value })}
          />
        </div>
        {me.hasPassword === true && (
          // In another tab: this one may hold changes that are not saved.
          <a className="button" href={CHANGE_PASSWORD_PATH} target="_blank" rel="noopener">
            {shell.changePassword}
          </a>
        )}
        <button
          type="button"
          className="button"
          onClick={() => (dashboard.mayLeave() ? void dashboard.signOut() : setAsking(true))}
        >
          {shell.signOut}
        </button>
      </Menu>
      {asking && (
        <Confirm
          title={shell.leave.headline}
          confirm={shell.leave.confirm}
          cancel={shell.leave.stay}
          onConfirm={() => void dashboard.signOut()}
          onClose={() => setAsking(false)}
        >
          <p>{shell.leave.text}</p>
        </Confirm>
      )}
    </>
  );
}
