import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { organizationOf } from '../../../shared/messages/describe-state.ts';
import { MAX_REQUEST_REASON } from '../../../shared/schemas/hub/requests.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { belongs } from '../../../shared/state/session.ts';
import { Fact } from '../../ui/components/card.tsx';
import { Icon } from '../../ui/components/icon.tsx';
import { Path } from '../../ui/components/path.tsx';
import { ProblemNote } from '../../ui/components/problem-note.tsx';
import { useTask } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import type { Draft } from './request-draft.ts';

/**
 * A dialog that opens by itself can come between a user and what they were about to press, and can be made to: only after this long does
 * its button send anything. Firefox does the same before it opens a download (security.dialog_enable_delay).
 */
const ARMED_AFTER_MS = 1_000;

/** A request for access, filled in. Only the press of its button sends it. */
export function RequestDialog() {
  const { draft: requested } = usePanel();
  const { draft, problem } = useStore(requested.store);
  const sending = useTask(requested.send);
  const { requests } = useSnapshot();
  const { requests: words } = useWords();
  if (draft === null) return null;
  const cannot = problem ?? requests?.unavailable ?? null;
  const title = draft.host === null ? words.request : words.dialog.title(draft.host);
  return (
    <Modal title={title} onClose={requested.close}>
      {sending.phase === 'done' ? (
        <Outcome request={sending.result} />
      ) : cannot !== null ? (
        <>
          <ProblemNote problem={cannot} />
          <CloseButton label={words.dialog.close} />
        </>
      ) : (
        draft.host !== null && <DraftForm draft={{ ...draft, host: draft.host }} />
      )}
    </Modal>
  );
}

/** Esc closes it. */
function Modal({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} className="request-dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

function DraftForm({ draft }: { draft: Draft & { host: string } }) {
  const panel = usePanel();
  const { dialog: words } = useWords().requests;
  const snapshot = useSnapshot();
  const connected = useConnected();
  const sending = useTask(panel.draft.send);
  const [reason, setReason] = useState('');
  const [armed, setArmed] = useState(draft.from === 'user');
  const field = useId();
  const hint = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    // Not the button: a key that was meant for something else must not send.
    area.current?.focus();
    const timer = setTimeout(() => setArmed(true), ARMED_AFTER_MS);
    return () => clearTimeout(timer);
  }, []);
  const { session } = snapshot;
  const user = session !== null && belongs(session) ? (session.user.name ?? session.user.sub) : '';
  const ready = armed && connected && sending.phase !== 'running';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void panel.draft.send.run(draft, reason);
      }}
    >
      {draft.from === 'link' && (
        <div className="note tone-amber">
          <Icon name="warning" />
          <p>{words.fromLink}</p>
        </div>
      )}
      <label htmlFor={field}>
        {words.reason} <span className="fine">({words.optional})</span>
      </label>
      <textarea
        ref={area}
        id={field}
        className="field"
        rows={3}
        maxLength={MAX_REQUEST_REASON}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        aria-describedby={hint}
      />
      <p id={hint} className="fine">
        {words.reasonHint}
      </p>
      <h3>{words.seen(organizationOf(snapshot))}</h3>
      <dl className="facts">
        <Fact name={words.host}>
          <Path of={draft.host} />
        </Fact>
        {draft.subject !== draft.host && (
          <Fact name={words.typed}>
            <Path of={draft.subject} />
          </Fact>
        )}
        <Fact name={words.you}>{user}</Fact>
      </dl>
      <p className="fine">
        {words.teams} {words.noMore}
      </p>
      <div role="alert">{sending.phase === 'failed' && <ProblemNote problem={sending.problem} />}</div>
      <div className="actions end">
        <button type="button" className="button" onClick={closeDialog}>
          {words.cancel}
        </button>
        <button type="submit" className="button primary" aria-disabled={!ready}>
          {sending.phase === 'running' ? words.sending : words.send}
        </button>
      </div>
    </form>
  );
}

function Outcome({ request }: { request: OwnRequest }) {
  const { dialog: words } = useWords().requests;
  const org = organizationOf(useSnapshot());
  return (
    <>
      <p role="status">{request.state === 'kept' ? words.kept(org) : words.sent}</p>
      <CloseButton label={words.close} />
    </>
  );
}

function CloseButton({ label }: { label: string }) {
  const button = useRef<HTMLButtonElement>(null);
  // What had the focus before is gone.
  useEffect(() => button.current?.focus(), []);
  return (
    <div className="actions end">
      <button ref={button} type="button" className="button primary" onClick={closeDialog}>
        {label}
      </button>
    </div>
  );
}

function closeDialog(event: { currentTarget: Element }): void {
  event.currentTarget.closest('dialog')?.close();
}
