import type { ReactNode } from 'react';
import { organizationOf } from '../../../../shared/messages/describe-state.ts';
import type { ManagedView, Snapshot } from '../../../../shared/schemas/snapshot.ts';
import { Card, Fact } from '../../../ui/components/card.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useWords } from '../../../ui/words.ts';
import { AccountCard } from '../../components/account-card.tsx';
import { useSnapshot } from '../../hooks.ts';

/** Who decides what may be pulled here, and where that is written. */
export function AuthorityCard() {
  const snapshot = useSnapshot();
  const { panel: words } = useWords();
  const { managed } = snapshot;
  return (
    <Card title={words.authority.title}>
      <dl className="facts">
        <Fact name={words.authority.organization}>
          <strong>{organizationOf(snapshot) || words.authority.noOrganization}</strong>
        </Fact>
        <Fact name={words.authority.setBy}>
          <Source snapshot={snapshot} />
        </Fact>
        {managed?.hub && (
          <Fact name={words.authority.server(organizationOf(snapshot))}>
            <Path of={managed.hub} />
          </Fact>
        )}
        <Fact name={words.authority.account}>
          <AccountCard signInAbove={snapshot.state.action === 'sign-in'} />
        </Fact>
      </dl>
    </Card>
  );
}

function Source({ snapshot: { managed, session } }: { snapshot: Snapshot }): ReactNode {
  const { authority } = useWords().panel;
  if (managed === null) return authority.notRead;
  if (managed.verdict === 'absent') {
    const volunteered = session !== null && session.kind !== 'signed-out' && session.kind !== 'signing-in';
    return volunteered ? authority.yourself : authority.nobody;
  }
  return (
    <>
      {authority.administrator} <Path of={managed.source ?? ''} />
      {managed.problems.map((problem) => (
        <span className="fine block" key={`${problem.code}${problem.line}`}>
          {problem.line === undefined ? '' : `${authority.line(problem.line, problem.column)} `}
          <ProblemText problem={problem} />
          {problem.cause !== undefined && <span lang="en"> ({problem.cause})</span>}
        </span>
      ))}
      <Overridden managed={managed} />
    </>
  );
}

function Overridden({ managed }: { managed: ManagedView }) {
  const { authority } = useWords().panel;
  if (managed.overridden.length === 0) return null;
  return (
    <details className="fine">
      <summary>{authority.overrides(managed.overridden.length)}</summary>
      <ul className="plain">
        {managed.overridden.map(({ file, verdict, allowedOrgs }) => (
          <li key={file}>
            <Path of={file} /> {allowedOrgs.join(', ') || verdict}
          </li>
        ))}
      </ul>
    </details>
  );
}
