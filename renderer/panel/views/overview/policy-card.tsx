import { teamsInWords, whoseProof } from '../../../../shared/messages/whose-proof.ts';
import type { PolicySummary } from '../../../../shared/state/inputs.ts';
import { belongs } from '../../../../shared/state/session.ts';
import { Card, Fact } from '../../../ui/components/card.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useTask } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../../hooks.ts';

/** The document: which, since when, until when; how old the knowledge of it is, and the button that does not wait. */
export function PolicyCard() {
  const { policy: held, state, sync } = useSnapshot();
  const { panel: words } = useWords();
  const policy = held === null || held.kind === 'none' ? null : held.policy;
  const refused = held !== null && 'problem' in held ? held.problem : null;
  return (
    <Card title={words.policy.title} aside={<SyncNow />}>
      <dl className="facts">
        <Fact name={words.policy.pulls}>{words.traffic[state.traffic]}</Fact>
        <Fact name={words.policy.document}>
          <strong>{policy === null ? words.policy.none : words.policy.revision(policy.revision)}</strong>
          {policy !== null && !policy.enabled && <span className="chip">{words.policy.off}</span>}
          {policy?.enabled && policy.mode === 'audit' && <span className="chip">{words.policy.audit}</span>}
        </Fact>
        {policy !== null && (
          <>
            <Fact name={words.policy.registries}>
              {words.policy[state.traffic === 'deny' ? 'listed' : 'count'](policy.registries - policy.skipped)}
              {policy.skipped > 0 && <span className="fine block">{words.policy.skipped(policy.skipped)}</span>}
            </Fact>
            <Access policy={policy} />
            <Fact name={words.policy.from}>
              <When at={policy.iat * 1000} direction="past" />
            </Fact>
            {held?.kind === 'expired' ? (
              <Fact name={words.policy.expired}>
                <When at={policy.exp * 1000} direction="past" shown="exact" />
              </Fact>
            ) : (
              <Fact name={state.traffic === 'allow-list' ? words.policy.inForceUntil : words.policy.validUntil}>
                <When at={policy.exp * 1000} direction="future" shown="exact" />
              </Fact>
            )}
          </>
        )}
        <Fact name={words.sync.last}>
          {sync.lastContact === null ? words.sync.never : <When at={sync.lastContact} direction="past" />}
        </Fact>
        {sync.problem !== null && sync.lastAttempt !== null && (
          <Fact name={words.sync.failed}>
            <When at={sync.lastAttempt} direction="past" />
          </Fact>
        )}
        <Fact name={words.sync.next}>
          <NextSync />
        </Fact>
      </dl>
      {refused !== null && <ProblemNote problem={refused} />}
      <SyncProblem except={refused?.code} />
    </Card>
  );
}

/** What is allowed beside the list, and by whose teams. */
function Access({ policy: { grantCount = 0, voidGrants = 0 } }: { policy: PolicySummary }) {
  const words = useWords();
  const { policy: texts } = words.panel;
  const snapshot = useSnapshot();
  const teams = teamsInWords(snapshot, words);
  const anothers = grantCount === 0 ? null : whoseProof(snapshot, words);
  return (
    <>
      {grantCount + voidGrants > 0 && (
        <Fact name={texts.grants}>
          {texts.grantCount(grantCount)}
          {voidGrants > 0 && <span className="fine block">{texts.voidGrants(voidGrants)}</span>}
        </Fact>
      )}
      {(teams !== null || anothers !== null) && (
        <Fact name={texts.teams}>
          {teams}
          {anothers !== null && <span className="fine block">{anothers}</span>}
        </Fact>
      )}
    </>
  );
}

function NextSync() {
  const { session, sync } = useSnapshot();
  const { sync: words } = useWords().panel;
  if (session !== null && !belongs(session)) return words.afterSignIn;
  return sync.next === null ? words.notPlanned : <When at={sync.next} direction="future" />;
}

function SyncNow() {
  const panel = usePanel();
  const connected = useConnected();
  const { sync: words } = useWords().panel;
  const { session, sync } = useSnapshot();
  const task = useTask(panel.sync);
  const busy = task.phase === 'running' || sync.running;
  const anybody = session !== null && belongs(session);
  return (
    <div className="actions">
      <span className="fine" role="status">
        {anybody && !busy && task.phase === 'done' ? words.outcome[task.result.outcome] : ''}
      </span>
      <button
        type="button"
        className="button small"
        disabled={!connected || !anybody}
        aria-disabled={busy}
        data-busy={busy}
        onClick={() => !busy && panel.sync.run()}
      >
        <Icon name="sync" />
        {busy ? words.running : words.now}
      </button>
    </div>
  );
}

/** @param except a code that is on screen already */
function SyncProblem({ except }: { except: string | undefined }) {
  const { session, sync } = useSnapshot();
  const task = useTask(usePanel().sync);
  if (session === null || !belongs(session)) return null;
  const problem = task.phase === 'failed' ? task.problem : sync.problem;
  return problem === null || problem.code === except ? null : <ProblemNote problem={problem} />;
}
