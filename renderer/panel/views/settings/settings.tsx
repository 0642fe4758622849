import type { ReactNode } from 'react';
import { languages, spokenLanguages } from '../../../../shared/messages/languages.ts';
import type { PreferenceName, PreferencesChange } from '../../../../shared/schemas/preferences.ts';
import { Card, Fact } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useTask } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { AccountCard } from '../../components/account-card.tsx';
import { SignInProgress } from '../../components/sign-in-progress.tsx';
import { useConnected, usePanel, useSnapshot } from '../../hooks.ts';
import { AdministratorCard } from './administrator-card.tsx';
import { SentCard } from './sent-card.tsx';

/** What the user decides here, and what somebody else has decided for them. */
export function Settings() {
  const { settings: words } = useWords().panel;
  return (
    <>
      <h1 className="visually-hidden">{words.title}</h1>
      <div className="columns">
        <div className="column">
          <Appearance />
          <Card title={words.account}>
            <AccountCard signInAbove={false} />
            <SignInProgress />
          </Card>
          <SentCard />
        </div>
        <div className="column">
          <AdministratorCard />
          <About />
        </div>
      </div>
    </>
  );
}

/** Which program this is, and what to send to whoever is to help with it. */
function About() {
  const panel = usePanel();
  const connected = useConnected();
  const { settings: words } = useWords().panel;
  const { version, engine, reportId } = useSnapshot();
  const report = useTask(panel.saveReport);
  const busy = report.phase === 'running';
  return (
    <Card title={words.about}>
      <dl className="facts">
        <Fact name={words.version}>{version}</Fact>
        <Fact name={words.engine}>{engine.name}</Fact>
        {engine.socket !== null && (
          <Fact name={words.socket}>
            <Path of={engine.socket} />
          </Fact>
        )}
        <Fact name={words.report}>
          <code>{reportId}</code>
        </Fact>
      </dl>
      <div className="support">
        <p className="fine">{words.reportHolds}</p>
        <button
          type="button"
          className="button small"
          disabled={!connected}
          aria-disabled={busy}
          onClick={() => panel.saveReport.run()}
        >
          {busy ? words.savingReport : words.saveReport}
        </button>
        <p role="status" className="saved-report">
          {report.phase === 'done' && (
            <>
              {words.reportSaved} <Path of={report.result.file} />
            </>
          )}
        </p>
        {report.phase === 'done' && (
          <CopyButton className="button small" label={words.copyPath} text={() => report.result.file} />
        )}
        {report.phase === 'failed' && <ProblemNote problem={report.problem} />}
      </div>
    </Card>
  );
}

function Appearance() {
  const panel = usePanel();
  const connected = useConnected();
  const { settings: words } = useWords().panel;
  const { preferences } = useSnapshot();
  const setting = useTask(panel.setPreferences);
  const change = (wanted: PreferencesChange) => void panel.setPreferences.run(wanted);
  const { theme, language, startAtLogin, notifications } = preferences;
  const refused = startAtLogin?.problem;
  const onOff = [
    ['on', words.on],
    ['off', words.off],
  ] as const;
  return (
    <Card title={words.yours}>
      <div className="settings">
        <Setting name="theme" label={words.theme} locked={theme.locked}>
          <Choice
            label={words.theme}
            value={theme.value}
            disabled={theme.locked || !connected}
            options={[
              ['system', words.asSystem],
              ['light', words.light],
              ['dark', words.dark],
            ]}
            onChange={(value) => change({ theme: value })}
          />
        </Setting>
        <Setting name="language" label={words.language} locked={language.locked}>
          <Choice
            label={words.language}
            value={language.value}
            disabled={language.locked || !connected}
            options={[
              ['system', words.asSystem],
              ...spokenLanguages.map((code) => [code, languages[code].name] as const),
            ]}
            onChange={(value) => change({ language: value })}
          />
        </Setting>
        {startAtLogin !== null && (
          <Setting name="startAtLogin" label={words.startAtLogin} locked={startAtLogin.locked}>
            <Choice
              label={words.startAtLogin}
              value={startAtLogin.value ? 'on' : 'off'}
              disabled={startAtLogin.locked || !connected}
              options={onOff}
              onChange={(value) => change({ startAtLogin: value === 'on' })}
            />
          </Setting>
        )}
        {notifications !== null && (
          <Setting name="notifications" label={words.notifications} locked={notifications.locked}>
            <Choice
              label={words.notifications}
              value={notifications.value ? 'on' : 'off'}
              disabled={notifications.locked || !connected}
              options={onOff}
              onChange={(value) => change({ notifications: value === 'on' })}
            />
          </Setting>
        )}
      </div>
      {startAtLogin === null && <p className="fine">{notifications === null ? words.noTray : words.notInstalled}</p>}
      {refused !== undefined && <ProblemNote problem={refused} />}
      {setting.phase === 'failed' && setting.problem.code !== refused?.code && (
        <ProblemNote problem={setting.problem} />
      )}
    </Card>
  );
}

function Setting({
  name,
  label,
  locked,
  children,
}: {
  name: PreferenceName;
  label: string;
  locked: boolean;
  children: ReactNode;
}) {
  const { settings: words } = useWords().panel;
  const { managed } = useSnapshot();
  return (
    <div className="setting" data-setting={name}>
      <div>
        <p className="setting-label">{label}</p>
        {locked && (
          <p className="fine locked-by">
            <Icon name="padlock" />
            <span>
              {words.lockedIn} <Path of={managed?.settingsSource ?? ''} />
            </span>
          </p>
        )}
      </div>
      {children}
    </div>
  );
}
