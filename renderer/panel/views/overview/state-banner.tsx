import type { ReactNode } from 'react';
import { useStore } from 'zustand';
import { describeState, organizationOf } from '../../../../shared/messages/describe-state.ts';
import { summaryText } from '../../../../shared/messages/summary.ts';
import type { Snapshot } from '../../../../shared/schemas/snapshot.ts';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useNow, useTask } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { SignInButtons } from '../../components/sign-in-buttons.tsx';
import { SignInProgress } from '../../components/sign-in-progress.tsx';
import { StateIcon } from '../../components/state-icon.tsx';
import { usePanel, useSnapshot } from '../../hooks.ts';

/** The answer to "am I protected?": one colour, one shape, one headline, one sentence, one thing to do. */
export function StateBanner() {
  const panel = usePanel();
  const status = useStore(panel.snapshot, (state) => state.status);
  return status.kind === 'open' ? <CurrentState /> : <ConnectionLost />;
}

function CurrentState() {
  const snapshot = useSnapshot();
  const words = useWords();
  const now = useNow();
  const { headline, badge, sentence, setIn, action } = describeState(snapshot, now, words);
  const { state, managed } = snapshot;
  const chip = badge ?? (managed?.trial ? words.panel.authority.trial : null);
  const check = useTask(usePanel().check);
  return (
    <section className={`banner tone-${state.look}`} aria-label={words.panel.stateRegion} data-state={state.id}>
      <StateIcon state={state.id} label={words.panel.traffic[state.traffic]} />
      <div className="banner-words">
        <h1>{headline}</h1>
        {chip !== null && <p className="chip banner-badge">{chip}</p>}
        <p className="banner-sentence">{sentence}</p>
        {setIn !== null && (
          <p className="fine">
            {words.panel.settings.setIn} <Path of={setIn} />
          </p>
        )}
      </div>
      <div className="banner-side">{action !== null && <StateAction snapshot={snapshot} label={action} />}</div>
      {check.phase === 'done' && check.result.problem !== null && <ProblemNote problem={check.result.problem} />}
      {check.phase === 'failed' && <ProblemNote problem={check.problem} />}
      <SignInProgress />
      <ReadOut snapshot={snapshot} />
    </section>
  );
}

/** What support asks for first, in the order in which it is asked, to be read out on the phone. */
function ReadOut({ snapshot }: { snapshot: Snapshot }) {
  const { panel: words, reporting } = useWords();
  const { state, version, filter, reportId } = snapshot;
  const shortId = snapshot.reporting?.shortId ?? null;
  const policy = snapshot.policy === null || snapshot.policy.kind === 'none' ? null : snapshot.policy.policy;
  const org = organizationOf(snapshot);
  return (
    <dl className="read-out" aria-label={words.readOut.title}>
      <Item name={words.readOut.code}>
        <code>{state.code}</code>
      </Item>
      {org !== '' && <Item name={words.authority.organization}>{org}</Item>}
      {policy !== null && (
        <Item name={words.policy.title}>
          {words.policy.revision(policy.revision)}
          {snapshot.policy?.kind === 'expired' && `, ${words.readOut.expired}`}
        </Item>
      )}
      <Item name={words.readOut.proven}>
        {filter?.kind === 'verified' ? (
          <>
            {state.traffic === 'deny' && `${words.readOut.blocksAll} `}
            <When at={filter.at} direction="past" shown="exact" />
          </>
        ) : (
          words.readOut.notProven
        )}
      </Item>
      <Item name={words.readOut.version}>{version}</Item>
      <Item name={words.readOut.report}>
        <code>{reportId}</code>
      </Item>
      {shortId !== null && (
        <Item name={reporting.identifier}>
          <code>{shortId}</code>
        </Item>
      )}
    </dl>
  );
}

function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function StateAction({ snapshot, label }: { snapshot: Snapshot; label: string }) {
  const panel = usePanel();
  const words = useWords();
  const sync = useTask(panel.sync);
  const check = useTask(panel.check);
  switch (snapshot.state.action) {
    case 'sign-in':
      return <SignInButtons size="primary" label={label} />;
    case 'sync': {
      const busy = sync.phase === 'running' || snapshot.sync.running;
      return (
        <button type="button" className="button primary" aria-disabled={busy} onClick={() => !busy && panel.sync.run()}>
          {busy ? words.panel.sync.running : label}
        </button>
      );
    }
    case 'run-checks':
      return (
        <button
          type="button"
          className="button primary"
          aria-disabled={check.phase === 'running'}
          onClick={() => panel.check.run()}
        >
          {check.phase === 'running' ? words.panel.checking : label}
        </button>
      );
    case 'copy-for-administrator':
      return (
        <CopyButton className="button primary" label={label} text={() => summaryText(snapshot, panel.now(), words)} />
      );
    // Its field is right below.
    case 'check-image':
    case null:
      return null;
  }
}

/** While nobody answers nothing is claimed: no green, whatever was on screen before. */
function ConnectionLost() {
  const panel = usePanel();
  const { panel: words, time } = useWords();
  const known = useStore(panel.snapshot, (state) => state.snapshot);
  return (
    <section className="banner tone-grey" aria-label={words.stateRegion} data-state="connection-lost">
      <StateIcon state="connection-lost" label={words.lost.icon} />
      <div className="banner-words">
        <h1>{words.lost.headline}</h1>
        <p className="banner-sentence">{words.lost.sentence(known === null ? null : time.exact(known.at))}</p>
      </div>
      <div className="banner-side">
        <button type="button" className="button primary" onClick={() => panel.connection.retryNow()}>
          {words.lost.action}
        </button>
      </div>
      <dl className="read-out" aria-label={words.readOut.title}>
        <Item name={words.readOut.code}>
          <code>P-NO-ANSWER</code>
        </Item>
      </dl>
    </section>
  );
}
