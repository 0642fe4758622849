import { type ReactNode, useEffect, useState } from 'react';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import { type MachineDetails, SHORT_ID_LENGTH } from '../../../../shared/schemas/hub/machines.ts';
import { ReceiptClaims } from '../../../../shared/schemas/receipt.ts';
import { Fact } from '../../../ui/components/card.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useWords } from '../../../ui/words.ts';
import { Confirm } from '../../components/confirm.tsx';
import { useMay, useTexts } from '../../hooks.ts';
import { useMachines } from './use-machines.ts';

/** What is missing and what to do, and what the receipt says, apart from what nobody signed. */
export function Details({ id }: { id: string }) {
  const machines = useMachines();
  const { machines: texts, shell } = useTexts();
  const mayForget = useMay('owner');
  const [machine, setMachine] = useState<MachineDetails | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [forgetting, setForgetting] = useState(false);
  useEffect(() => {
    let shown = true;
    machines.details(id).then(
      (found) => shown && setMachine(found),
      (error: unknown) => shown && setProblem(asProblem(error, problemOf('dashboard-bad-answer'))),
    );
    return () => {
      shown = false;
    };
  }, [machines, id]);
  if (problem !== null) return <ProblemNote problem={problem} tone="red" />;
  if (machine === null) return <p className="waiting">{shell.loading}</p>;
  const forget = (): void =>
    void machines.forget(id).catch((error: unknown) => setProblem(asProblem(error, problemOf('dashboard-bad-answer'))));
  return (
    <>
      <h2>{texts.details.missing}</h2>
      {machine.missing.length === 0 && <p>{texts.details.allWell}</p>}
      {machine.missing.map((missing) => (
        <ProblemNote key={missing.code} problem={missing} />
      ))}
      <Known machine={machine} />
      <Unsigned machine={machine} />
      <div className="actions">
        <CopyButton text={() => id} label={texts.details.copyThumbprint} className="button small" />
        {mayForget && (
          <button type="button" className="button small danger" onClick={() => setForgetting(true)}>
            {texts.forget}
          </button>
        )}
      </div>
      {forgetting && (
        <Confirm
          title={texts.forgetTitle(id.slice(0, SHORT_ID_LENGTH))}
          confirm={texts.forget}
          onConfirm={forget}
          onClose={() => setForgetting(false)}
        >
          <p>{texts.forgetText}</p>
        </Confirm>
      )}
    </>
  );
}

/** What the hub knows of it, and what it signed. */
function Known({ machine }: { machine: MachineDetails }) {
  const { machines } = useTexts();
  const { time } = useWords();
  const { details: texts } = machines;
  const { enrolled, people } = machine;
  const receipt = ReceiptClaims.safeParse(machine.receipt).data ?? null;
  const exact = (at: string | null): string => (at === null ? machines.neverReported : time.exact(Date.parse(at)));
  return (
    <>
      <h2>{texts.known}</h2>
      <dl className="facts">
        <Fact name={texts.thumbprint}>
          <code className="thumbprint">{machine.id}</code>
        </Fact>
        <Fact name={texts.enrolled}>
          {enrolled === null ? texts.notEnrolled : texts.enrolledBy(exact(enrolled.at), enrolled.by, enrolled.how)}
        </Fact>
        <Fact name={texts.lastReceipt}>{exact(machine.lastReceipt)}</Fact>
        {machine.notEnforcingSince !== null && <Fact name={texts.since}>{exact(machine.notEnforcingSince)}</Fact>}
        {people.length > 0 && (
          <Fact name={texts.people}>{people.map(({ name, username }) => name ?? username).join(', ')}</Fact>
        )}
      </dl>
      {receipt !== null && (
        <>
          <h2>{texts.signed}</h2>
          <dl className="facts">
            <Claims receipt={receipt} />
          </dl>
        </>
      )}
    </>
  );
}

function Claims({ receipt }: { receipt: ReceiptClaims }) {
  const { details: texts } = useTexts().machines;
  const { time } = useWords();
  const { effective, revision, version, account, place, attachment, probes } = receipt;
  const inForce = {
    policy: revision === null ? texts.other : texts.revision(revision),
    open: texts.open,
    deny: texts.deny(effective.reason ?? '?'),
  }[effective.kind];
  const runsAs = texts.runsAs(version, texts.account[account]);
  const probe = probes.filter(({ view }) => view === 'engine').sort((a, b) => b.at - a.at)[0];
  return (
    <>
      <Fact name={texts.inForce}>{inForce}</Fact>
      <Fact name={texts.gateway}>{place === 'trial' ? `${runsAs}, ${texts.trial}` : runsAs}</Fact>
      <Fact name={texts.engines}>
        {attachment?.kind === 'audited' ? <Engines audit={attachment} /> : texts.noEngines}
      </Fact>
      {attachment !== null && <Fact name={texts.audit}>{auditText(attachment, texts, time)}</Fact>}
      <Fact name={texts.probe}>{probe === undefined ? texts.noProbe : time.exact(probe.at * 1000)}</Fact>
    </>
  );
}

type Audited = Extract<ReceiptClaims['attachment'], { kind: 'audited' }>;

function Engines({ audit }: { audit: Audited }): ReactNode {
  const { details: texts } = useTexts().machines;
  if (audit.engines.length === 0) return texts.noEngines;
  return audit.engines.map(({ id, hold, running }) => (
    <span key={id} className="block">
      {texts.engine(id, hold, running)}
    </span>
  ));
}

function auditText(
  attachment: NonNullable<ReceiptClaims['attachment']>,
  texts: ReturnType<typeof useTexts>['machines']['details'],
  time: ReturnType<typeof useWords>['time'],
): string {
  if (attachment.kind === 'unknown') return texts.noAudit;
  const findings = attachment.findings.map(({ code }) => code);
  return `${time.exact(attachment.at * 1000)}: ${findings.length === 0 ? texts.noFindings : findings.join(', ')}`;
}

/** Set apart, because whoever has the machine can change it. */
function Unsigned({ machine: { unsigned } }: { machine: MachineDetails }) {
  const { details: texts } = useTexts().machines;
  if (unsigned === null) return null;
  const { system, agentVersion, caveats, reportsHosts } = unsigned;
  return (
    <>
      <h2>{texts.unsigned}</h2>
      <dl className="facts unsigned">
        <Fact name={texts.system}>{system}</Fact>
        <Fact name={texts.agent}>{agentVersion}</Fact>
        {caveats.length > 0 && <Fact name={texts.caveats}>{caveats.join(', ')}</Fact>}
        <Fact name={texts.hosts}>{texts.reportsHosts[reportsHosts ? 'true' : 'false']}</Fact>
      </dl>
    </>
  );
}
