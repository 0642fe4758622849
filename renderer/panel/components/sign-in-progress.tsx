import type { ReactNode } from 'react';
import type { CallResult } from '../../../shared/schemas/ipc-schema.ts';
import { isSigningIn, signingInUntil } from '../../../shared/state/session.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Icon } from '../../ui/components/icon.tsx';
import { Path } from '../../ui/components/path.tsx';
import { ProblemNote } from '../../ui/components/problem-note.tsx';
import { useNow, useTask } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { usePanel, useSnapshot } from '../hooks.ts';

/** What goes on between "Sign in" and being signed in, which happens on another page; and why the last try failed. */
export function SignInProgress() {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  const { session } = useSnapshot();
  const browser = useTask(panel.signIn);
  const device = useTask(panel.signInByDevice);

  if (isSigningIn(session)) {
    if (device.phase === 'running' || browser.phase === 'running') return <Progress text={words.asking} />;
    if (device.phase === 'done') return <ByDevice code={device.result} />;
    if (browser.phase === 'done') return <ByBrowser url={browser.result.authorizationUrl} />;
    return <Elsewhere />;
  }
  const failed = [device, browser].find((task) => task.phase === 'failed');
  if (failed !== undefined) return <ProblemNote problem={failed.problem} />;
  if (session?.kind === 'signed-out' && session.problem !== null) return <ProblemNote problem={session.problem} />;
  if (session?.kind === 'wrong-organization' && session.problem !== undefined && session.kept !== true) {
    return <ProblemNote problem={session.problem} shown="next" />;
  }
  if (session?.kind === 'credential-unreadable') return <ProblemNote problem={session.problem} />;
  return null;
}

/** @param text said aloud when it appears */
function Progress({ text, aside, children }: { text: ReactNode; aside?: ReactNode; children?: ReactNode }) {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  return (
    <div className="sign-in-progress">
      <div>
        <div role="status">{text}</div>
        {aside}
      </div>
      <div className="actions">
        {children}
        <button type="button" className="button" onClick={() => panel.cancelSignIn.run()}>
          {words.cancel}
        </button>
      </div>
    </div>
  );
}

/** Begun in another window, in the tray or by the command line, or left behind. */
function Elsewhere() {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  const continued = useTask(panel.continueSignIn);
  const userCode = continued.phase === 'done' ? continued.result.userCode : null;
  return (
    <Progress
      text={
        <>
          {words.elsewhere}
          {userCode !== null && (
            <>
              <br />
              {words.code} <code className="user-code">{userCode}</code>
            </>
          )}
        </>
      }
      aside={
        <>
          <Remaining />
          {continued.phase === 'failed' && <ProblemNote problem={continued.problem} />}
        </>
      }
    >
      <button type="button" className="button" onClick={() => panel.continueSignIn.run()}>
        {words.continue}
      </button>
    </Progress>
  );
}

/** How long the sign-in still waits. */
function Remaining() {
  const until = signingInUntil(useSnapshot().session);
  return (
    until !== null && (
      <p className="fine">
        <TimeLeft until={until} />
      </p>
    )
  );
}

function ByBrowser({ url }: { url: string }) {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  return (
    <Progress text={words.waiting} aside={<Remaining />}>
      <a className="button" href={url} target="_blank" rel="noopener noreferrer">
        <Icon name="external" />
        {words.openAgain}
      </a>
      <CopyButton text={() => url} label={words.copyLink} />
      <button type="button" className="button" onClick={() => panel.signInByDevice.run()}>
        {words.withCode}
      </button>
    </Progress>
  );
}

/** For a machine that is reached from afar, where no browser comes back to this one. */
function ByDevice({ code }: { code: CallResult<'session.signInByDevice'> }) {
  const { signIn: words } = useWords().panel;
  const { userCode, verificationUri, verificationUriComplete, expiresAt } = code;
  return (
    <Progress
      text={
        <>
          {words.openThere} <Path of={verificationUri} />
          <br />
          {words.enter} <code className="user-code">{userCode}</code>
        </>
      }
      aside={
        <p className="fine">
          <TimeLeft until={expiresAt} /> {words.noForeignCode}
        </p>
      }
    >
      <CopyButton text={() => userCode} label={words.copyCode} />
      <CopyButton text={() => verificationUriComplete ?? verificationUri} label={words.copyAddress} />
    </Progress>
  );
}

/** Counts down without being read aloud each second. @param until milliseconds since 1970, by the agent's clock */
function TimeLeft({ until }: { until: number }) {
  const { signIn: words } = useWords().panel;
  const seconds = Math.max(0, Math.ceil((until - useNow(1000)) / 1000));
  const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  return (
    <span role="timer" className="time-left">
      {words.timeLeft(clock)}
    </span>
  );
}
