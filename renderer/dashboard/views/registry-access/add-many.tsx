import { useDeferredValue, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ImportRow } from '../../../../shared/import/import-row.ts';
import { readImport } from '../../../../shared/import/read-import.ts';
import { ProblemNote, ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { withAdded } from '../../stores/draft.ts';
import type { Listing } from './describe-address.ts';
import { useRegistryAccess } from './use-registry-access.ts';

/** Rows shown; the others are only counted. They are added like those that are shown. */
const SHOWN = 200;

/** Several registries at once: pasted, or from a file of another program. Each line is shown before it is added. */
export function AddMany({ text, listing, onClose }: { text: string; listing: Listing; onClose: () => void }) {
  const registryAccess = useRegistryAccess();
  const { shell, registryAccess: texts } = useTexts();
  const [written, setWritten] = useState(text);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const content = useDeferredValue(written);
  const read = useMemo(() => (content.trim() === '' ? null : readImport(content)), [content]);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);

  const rows = read?.ok ? read.value.rows.filter(({ address }) => !listing.has(address)) : [];
  const known = read?.ok ? read.value.rows.length - rows.length : 0;
  const isTicked = ({ address, ticked }: ImportRow): boolean => ticked !== turned.has(address);
  const wanted = rows.filter(isTicked);
  const turn = (address: string) => {
    const next = new Set(turned);
    if (!next.delete(address)) next.add(address);
    setTurned(next);
  };

  return (
    <dialog ref={dialog} className="wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{texts.many.headline}</h2>
      <label className="form-label" htmlFor={`${id}-text`}>
        {texts.many.paste}
      </label>
      <textarea
        id={`${id}-text`}
        className="field mono"
        rows={6}
        value={written}
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        onChange={(event) => setWritten(event.target.value)}
      />
      <p className="fine" id={`${id}-hint`}>
        {texts.many.hint}
      </p>
      <label className="file">
        <span className="setting-label">{texts.many.file}</span>
        <input
          type="file"
          accept=".csv,.json,.txt,.yaml,application/json,text/plain,text/csv"
          onChange={async (event) => {
            const file = event.target.files?.[0];
            if (file !== undefined) setWritten(await file.text());
          }}
        />
      </label>
      <div aria-live="polite" className="import">
        {read !== null && !read.ok && <ProblemNote problem={read.problem} />}
        {read?.ok && (
          <>
            <p>
              <strong>{texts.many.source[read.value.format]}</strong>: {texts.many.found(rows.length, known)}
            </p>
            {read.value.notes.map((note) => (
              <ProblemNote key={note.code} problem={note} />
            ))}
            <ul className="plain import-rows">
              {rows.slice(0, SHOWN).map((row) => (
                <li key={row.address}>
                  <label>
                    <input type="checkbox" checked={isTicked(row)} onChange={() => turn(row.address)} />
                    <span>
                      <code>{row.address}</code>
                      {row.nickname !== undefined && ` ${row.nickname}`}
                      {row.wider && <span className="chip tone-amber">{texts.many.wider}</span>}
                    </span>
                  </label>
                  {row.notices.map((notice) => (
                    <p className="fine" key={notice.code}>
                      <ProblemText problem={notice} />
                    </p>
                  ))}
                </li>
              ))}
            </ul>
            {rows.length > SHOWN && <p className="fine">{texts.previewed.more(rows.length - SHOWN)}</p>}
            {read.value.rejected.length > 0 && (
              <>
                <p>{texts.many.rejected(read.value.rejected.length)}</p>
                <ul className="plain import-rows">
                  {read.value.rejected.slice(0, SHOWN).map(({ place, problem }) => (
                    <li key={place}>
                      <span className="fine">{placeIn(place, texts.many.line)}:</span> <ProblemText problem={problem} />
                    </li>
                  ))}
                </ul>
              </>
            )}
          </>
        )}
      </div>
      <div className="actions end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {shell.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={wanted.length === 0}
          onClick={() => {
            const entries = wanted.map(({ address, nickname = '' }) => ({ address, nickname }));
            registryAccess.edit((draft) => withAdded(draft, entries, registryAccess.listed));
            dialog.current?.close();
          }}
        >
          {texts.many.add(wanted.length)}
        </button>
      </div>
    </dialog>
  );
}

/** `line 3` in the reader's language; places in JSON are the same in all of them. */
function placeIn(place: string, line: (number: string) => string): string {
  const number = /^line (\d+)$/.exec(place)?.[1];
  return number === undefined ? place : line(number);
}
