import { useId } from 'react';
import { organizationOf } from '../../../../shared/messages/describe-state.ts';
import { parseJson } from '../../../../shared/schemas/parse-json.ts';
import type { SentReport } from '../../../../shared/schemas/reporting.ts';
import { Card, Fact } from '../../../ui/components/card.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useTask } from '../../../ui/hooks.ts';
import { useWords } from '../../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../../hooks.ts';

/** What goes to the organization's server: how much of it, the bytes themselves, and by what support finds this machine. */
export function SentCard() {
  const snapshot = useSnapshot();
  const words = useWords().reporting;
  const { reporting } = snapshot;
  if (reporting === null) return null;
  const { level, shortId, last, problem } = reporting;
  return (
    <Card title={words.title} className="sent">
      <dl className="facts">
        <Fact name={words.to(organizationOf(snapshot))}>
          {words.level[level]}
          <p className="fine">
            {words.contents[level]} {words.decided}
          </p>
        </Fact>
        {shortId !== null && (
          <Fact name={words.identifier}>
            <code className="identifier">{shortId}</code>
            <CopyButton className="button small" iconOnly label={words.copyIdentifier} text={() => shortId} />
            <p className="fine">{words.identifierHint}</p>
          </Fact>
        )}
        {(level !== 'off' || last !== null) && (
          <Fact name={words.lastSent}>{last === null ? words.never : <When at={last.at} direction="past" />}</Fact>
        )}
        {last !== null && last.state !== null && <Fact name={words.standing}>{words.state[last.state]}</Fact>}
      </dl>
      {last?.missing.map((missing) => (
        <ProblemNote key={missing.code} problem={missing} />
      ))}
      {problem !== null && <ProblemNote problem={problem} />}
      {last !== null && <Bytes />}
    </Card>
  );
}

function Bytes() {
  const panel = usePanel();
  const connected = useConnected();
  const words = useWords().reporting;
  const loading = useTask(panel.lastReport);
  const busy = loading.phase === 'running';
  const sent = loading.phase === 'done' ? loading.result.sent : null;
  return (
    <div className="support">
      <button
        type="button"
        className="button small"
        aria-expanded={sent !== null}
        disabled={!connected}
        aria-disabled={busy}
        onClick={() => (sent === null ? panel.lastReport.run() : panel.lastReport.reset())}
      >
        {busy ? words.showing : sent === null ? words.show : words.hide}
      </button>
      {loading.phase === 'failed' && <ProblemNote problem={loading.problem} />}
      {sent !== null && <Shown sent={sent} />}
    </div>
  );
}

function Shown({ sent }: { sent: SentReport }) {
  const words = useWords().reporting;
  const claims = claimsIn(sent.body);
  return (
    <>
      <p className="fine">
        POST <Path of={sent.url} /> · <When at={sent.at} direction="past" shown="exact" />
      </p>
      <Block title={words.body} text={sent.body} />
      <CopyButton className="button small" label={words.copyBody} text={() => sent.body} />
      {claims === null ? (
        <p className="fine">{words.notReadable}</p>
      ) : (
        <Block title={words.receipt} text={JSON.stringify(claims, null, 2)} />
      )}
    </>
  );
}

/** Text that is longer than its place: whoever has no pointer scrolls it by key, so it can be focused. */
function Block({ title, text }: { title: string; text: string }) {
  const id = useId();
  return (
    <>
      <h3 id={id} className="setting-label">
        {title}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls */}
      <section className="bytes" aria-labelledby={id} tabIndex={0}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
    </>
  );
}

/** The payload of the JWS in the body: what was signed, for a person to read. */
function claimsIn(body: string): unknown {
  const report = parseJson(body);
  const receipt = typeof report === 'object' && report !== null && 'receipt' in report ? report.receipt : null;
  const [, payload = ''] = typeof receipt === 'string' ? receipt.split('.') : [];
  try {
    const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (letter) =>
      letter.charCodeAt(0),
    );
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
