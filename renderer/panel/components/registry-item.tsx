import { useId } from 'react';
import type { RegistryRow } from '../../../shared/schemas/ipc-schema.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Icon } from '../../ui/components/icon.tsx';
import { Path } from '../../ui/components/path.tsx';
import { ProblemText } from '../../ui/components/problem-note.tsx';
import { useWords } from '../../ui/words.ts';

/** One line of the organization's list: the name people use, the address, and folded under it what comes with it. */
export function RegistryItem({ row, open, toggle }: { row: RegistryRow; open: boolean; toggle: () => void }) {
  const { panel, language } = useWords();
  const words = panel.registries;
  const content = useId();
  const name = row.nickname ?? row.known;
  /** Those that come with it; the others take a line of their own. */
  const allowed = row.companions.filter(({ optIn }) => !optIn).length;
  const folds = row.companions.length > 0 || row.problem !== null || row.notices.length > 0;
  const head = (
    <>
      <span className="registry-words">
        <span className="registry-name">{name ?? row.address}</span>
        {name !== null && <code className="registry-address">{row.address}</code>}
      </span>
      {row.problem !== null && <span className="chip tone-amber">{words.noEffect}</span>}
      {row.notices.length > 0 && <span className="chip tone-amber">{words.note}</span>}
      {allowed > 0 && <span className="registry-count">{words.companions(allowed)}</span>}
    </>
  );
  const copy = (
    <CopyButton className="icon-button" label={panel.copyText(row.address)} text={() => row.address} iconOnly />
  );
  if (!folds) {
    return (
      <div className="registry-line">
        <div className="registry-head">{head}</div>
        {copy}
      </div>
    );
  }
  return (
    <>
      <div className="registry-line">
        <button type="button" className="registry-head" aria-expanded={open} aria-controls={content} onClick={toggle}>
          <Icon name="chevron" />
          {head}
        </button>
        {copy}
      </div>
      {open && (
        <div className="registry-more" id={content}>
          {row.problem !== null && (
            <p className="fine" lang="en">
              {row.problem}
            </p>
          )}
          {row.notices.map((notice) => (
            <p className="fine" key={notice.code}>
              <ProblemText problem={notice} />
            </p>
          ))}
          {row.companions.length > 0 && (
            <ul className="plain companions">
              {row.companions.map(({ host, purpose, shared, optIn, open, note }) => (
                <li key={host}>
                  <Path of={host} />
                  <span className="fine">{words.purpose[purpose] ?? purpose}</span>
                  {shared && !open && <span className="chip">{words.shared}</span>}
                  {open && <span className="chip tone-amber">{words.open}</span>}
                  {optIn && <span className="chip tone-amber">{words.optIn}</span>}
                  {note !== null && <p className="fine companion-note">{note[language]}</p>}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </>
  );
}
