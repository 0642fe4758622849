import type { ReactNode } from 'react';
import type { CallResult } from '../../../shared/ipc-schema.ts';
import { CopyButton } from '../../components/copy-button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Path } from '../../components/path.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { usePanel, useSnapshot, useTask } from '../../hooks.ts';
import { isSigningIn } from '../../session.ts';
import { useWords } from '../../words.ts';

/** What goes on between "Sign in" and being signed in, which happens on another page; and why the last try failed. */
export function SignInProgress() {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  const { session } = useSnapshot();
  const browser = useTask(panel.signIn);
  const device = useTask(panel.signInByDevice);

  if (isSigningIn(session)) {
    if (device.phase === 'done') return <ByDevice code={device.result} />;
    if (browser.phase === 'done') return <ByBrowser url={browser.result.authorizationUrl} />;
    return <Progress text={words.elsewhere} />;
  }
  const failed = [device, browser].find((task) => task.phase === 'failed');
  if (failed !== undefined) return <ProblemNote problem={failed.problem} />;
  if (session?.kind === 'signed-out' && session.problem !== null) return <ProblemNote problem={session.problem} />;
  return null;
}

function Progress({ text, children }: { text: ReactNode; children?: ReactNode }) {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  return (
    <div className="sign-in-progress" role="status">
      <p>{text}</p>
      <div className="actions">
        {children}
        <button type="button" className="button" onClick={() => panel.cancelSignIn.run()}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}

function ByBrowser({ url }: { url: string }) {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  return (
    <Progress text={words.waiting}>
      <a className="button" href={url} target="_blank" rel="noopener noreferrer">
        <Icon name="external" />
        {words.openAgain}
      </a>
      <CopyButton text={() => url} label={words.copyLink} />
      <button type="button" className="button" onClick={() => panel.signInByDevice.run()}>
        {words.otherDevice}
      </button>
    </Progress>
  );
}

/** For a machine that is reached from afar, where no browser comes back to this one. */
function ByDevice({ code }: { code: CallResult<'session.signInByDevice'> }) {
  const { panel, time } = useWords();
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = code;
  return (
    <Progress
      text={
        <>
          {panel.signIn.openThere} <Path of={verificationUri} />
          <br />
          {panel.signIn.enter} <code className="user-code">{userCode}</code>{' '}
          <span className="fine">{panel.signIn.goodUntil(time.exact(expiresAt))}</span>
        </>
      }
    >
      <CopyButton text={() => verificationUriComplete ?? verificationUri} label={panel.signIn.copyLink} />
    </Progress>
  );
}
