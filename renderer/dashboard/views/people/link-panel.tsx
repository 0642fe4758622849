import { useId } from 'react';
import type { PasswordLink } from '../../../../shared/schemas/hub/people.ts';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';

/** A link to set a password: shown once, with what to do with it. */
export function LinkPanel({ link: { url, expiresAt } }: { link: PasswordLink }) {
  const { people } = useTexts();
  const { time } = useWords();
  const id = useId();
  return (
    <div className="link-panel">
      <p>{people.link.what}</p>
      <label htmlFor={id} className="visually-hidden">
        {people.link.label}
      </label>
      <div className="field-row">
        <input id={id} className="field mono" readOnly value={url} onFocus={(event) => event.target.select()} />
        <CopyButton text={() => url} label={people.link.copy} className="button primary" />
      </div>
      <p className="fine">{people.link.once(time.exact(Date.parse(expiresAt)))}</p>
    </div>
  );
}
