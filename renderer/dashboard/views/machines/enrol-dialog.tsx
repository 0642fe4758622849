import { useEffect, useId, useState } from 'react';
import { readThumbprints } from '../../../../shared/lists/read-thumbprints.ts';
import type { MachinesEnrolled, MadeCodes, OpenCodes } from '../../../../shared/schemas/hub/machines.ts';
import { Choice } from '../../../ui/components/choice.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { FormDialog } from '../people/form-dialog.tsx';
import { type Submission, useSubmission } from '../people/use-people.ts';
import { useEnrolDraft, useMachines } from './use-machines.ts';

const READ_COMMAND = 'portcullis gateway identity';
const CODE_COMMAND = 'portcullis gateway enrol';
const CODE_FILE = '/etc/portcullis/enrolment-code';
/** In hours. */
const LIFETIMES = [4, 24, 72, 168, 720];
const MAX_CODES = 1000;

/** Both ways in which root vouches for a key. @param initial thumbprints that were pasted before a fresh sign-in */
export function EnrolDialog({ initial, onClose }: { initial: string; onClose: () => void }) {
  const machines = useMachines();
  const { machines: view } = useTexts();
  const texts = view.enrol;
  const draft = useEnrolDraft();
  const submission = useSubmission();
  const [way, setWay] = useState<'thumbprint' | 'code'>('thumbprint');
  const [pasted, setPasted] = useState(initial);
  const [done, setDone] = useState<MachinesEnrolled | null>(null);
  const [wanted, setWanted] = useState({ count: 1, hours: 24 });
  const [made, setMade] = useState<MadeCodes | null>(null);
  const { thumbprints, wrongLines } = readThumbprints(pasted);
  const mayEnrol = thumbprints.length > 0 && wrongLines.length === 0;

  const submit = (): void => {
    if (way === 'code') return void submission.run(async () => setMade(await machines.makeCodes(wanted)));
    if (mayEnrol) return void submission.run(async () => setDone(await machines.enrol(thumbprints)));
  };
  const isOver = done !== null || made !== null;
  const label = way === 'code' ? texts.make(wanted.count) : texts.submitThumbprints(thumbprints.length);
  return (
    <FormDialog
      title={texts.title}
      submit={isOver ? null : label}
      submission={submission}
      onSubmit={submit}
      onClose={onClose}
      onFresh={() => draft.keep(pasted)}
    >
      {!isOver && (
        <>
          <p>{texts.why}</p>
          <Choice
            label={texts.way}
            value={way}
            options={[
              ['thumbprint', texts.byThumbprint],
              ['code', texts.byCode],
            ]}
            onChange={setWay}
          />
        </>
      )}
      {done !== null && <p role="status">{texts.enrolled(done.enrolled, done.known)}</p>}
      {made !== null && <Codes made={made} />}
      {!isOver && way === 'thumbprint' && <Paste pasted={pasted} wrongLines={wrongLines} onPaste={setPasted} />}
      {!isOver && way === 'code' && <WantedCodes wanted={wanted} submission={submission} onChange={setWanted} />}
    </FormDialog>
  );
}

function Command({ text }: { text: string }) {
  const { enrol } = useTexts().machines;
  return (
    <div className="field-row">
      <code className="command">{text}</code>
      <CopyButton text={() => text} label={enrol.copyCommand} iconOnly />
    </div>
  );
}

function Paste({
  pasted,
  wrongLines,
  onPaste,
}: {
  pasted: string;
  wrongLines: readonly number[];
  onPaste: (text: string) => void;
}) {
  const { enrol: texts } = useTexts().machines;
  const ids = { field: useId(), hint: useId(), fault: useId() };
  const isWrong = wrongLines.length > 0;
  return (
    <>
      <p>{texts.collect}</p>
      <Command text={READ_COMMAND} />
      <div className="labelled">
        <label htmlFor={ids.field}>{texts.paste}</label>
        <textarea
          id={ids.field}
          className="field mono"
          rows={6}
          value={pasted}
          spellCheck={false}
          aria-invalid={isWrong}
          aria-describedby={`${ids.hint} ${ids.fault}`}
          onChange={({ target }) => onPaste(target.value)}
        />
        <p id={ids.hint} className="fine">
          {texts.pasteHint}
        </p>
        <p id={ids.fault} className="fine fault" role="status">
          {isWrong ? texts.notThumbprints(wrongLines.slice(0, 10)) : ''}
        </p>
      </div>
    </>
  );
}

function WantedCodes({
  wanted,
  submission,
  onChange,
}: {
  wanted: { count: number; hours: number };
  submission: Submission;
  onChange: (wanted: { count: number; hours: number }) => void;
}) {
  const { enrol: texts } = useTexts().machines;
  const ids = { count: useId(), hours: useId() };
  return (
    <>
      <p>{texts.codesWhat}</p>
      <Command text={CODE_FILE} />
      <Command text={CODE_COMMAND} />
      <div className="code-wishes">
        <div className="labelled">
          <label htmlFor={ids.count}>{texts.count}</label>
          <input
            id={ids.count}
            className="field"
            type="number"
            min={1}
            max={MAX_CODES}
            value={wanted.count}
            onChange={({ target }) =>
              onChange({ ...wanted, count: Math.min(MAX_CODES, Math.max(1, Math.floor(Number(target.value)) || 1)) })
            }
          />
        </div>
        <div className="labelled">
          <label htmlFor={ids.hours}>{texts.hours}</label>
          <select
            id={ids.hours}
            className="field"
            value={wanted.hours}
            onChange={({ target }) => onChange({ ...wanted, hours: Number(target.value) })}
          >
            {LIFETIMES.map((hours) => (
              <option key={hours} value={hours}>
                {texts.hoursOf(hours)}
              </option>
            ))}
          </select>
        </div>
      </div>
      <Unused submission={submission} />
    </>
  );
}

/** Codes that are out, and how to void them. */
function Unused({ submission }: { submission: Submission }) {
  const machines = useMachines();
  const { enrol: texts } = useTexts().machines;
  const { time } = useWords();
  const [codes, setCodes] = useState<OpenCodes | null>(null);
  const [revoked, setRevoked] = useState(false);
  useEffect(() => {
    machines.openCodes().then(setCodes, () => undefined);
  }, [machines]);
  const revoke = (): void =>
    void submission.run(async () => {
      await machines.revokeCodes();
      setCodes(null);
      setRevoked(true);
    });
  return (
    <div role="status">
      {revoked && <p>{texts.revoked}</p>}
      {codes !== null && codes.open > 0 && codes.expiresAt !== null && (
        <p className="actions">
          <span>{texts.unused(codes.open, time.exact(Date.parse(codes.expiresAt)))}</span>
          <button type="button" className="button small danger" onClick={revoke}>
            {texts.revoke}
          </button>
        </p>
      )}
    </div>
  );
}

function Codes({ made: { codes, expiresAt } }: { made: MadeCodes }) {
  const { enrol: texts } = useTexts().machines;
  const { time } = useWords();
  const id = useId();
  const text = codes.join('\n');
  return (
    <div className="labelled">
      <label htmlFor={id}>{texts.codes}</label>
      <textarea id={id} className="field mono" rows={Math.min(10, codes.length + 1)} readOnly value={text} />
      <p>{texts.once(time.exact(Date.parse(expiresAt)))}</p>
      <CopyButton text={() => text} label={texts.copyCodes} className="button primary" />
    </div>
  );
}
