import { type KeyboardEvent, type RefObject, useEffect, useId, useMemo, useState } from 'react';
import { useTexts } from '../../hooks.ts';
import { type Listing, suggestionsFor } from './describe-address.ts';

/** An address, with known registries to choose from (ARIA combobox with a list). A paste of several lines is handed on. */
export function AddressField({
  field,
  value,
  listing,
  invalid,
  describedBy,
  onChange,
  onPasteMany,
  onSuggest,
}: {
  field: RefObject<HTMLInputElement | null>;
  value: string;
  listing: Listing;
  invalid: boolean;
  describedBy: string;
  onChange: (text: string) => void;
  onPasteMany: (text: string) => void;
  /** Whether suggestions are shown, which lie over what stands below. */
  onSuggest: (shown: boolean) => void;
}) {
  const { registryAccess: texts } = useTexts();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const suggestions = useMemo(() => (open ? suggestionsFor(value, listing) : []), [open, value, listing]);
  const shown = suggestions.length > 0;
  useEffect(() => onSuggest(shown), [shown, onSuggest]);

  function take(address: string): void {
    onChange(address);
    setOpen(false);
    setActive(-1);
    // The first part to fill in is selected, so that one can type on.
    const begin = address.indexOf('<');
    if (begin >= 0) {
      queueMicrotask(() => field.current?.setSelectionRange(begin, address.indexOf('>', begin) + 1));
    }
  }

  function choose(event: KeyboardEvent): void {
    if (event.key === 'Escape' && shown) {
      setOpen(false);
      event.preventDefault();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setOpen(true);
      if (shown)
        setActive((active + step + suggestions.length + (active < 0 && step < 0 ? 1 : 0)) % suggestions.length);
    }
    const chosen = suggestions[active];
    if (event.key === 'Enter' && chosen !== undefined) {
      event.preventDefault();
      take(chosen.address);
    }
  }

  return (
    <>
      <label className="form-label" htmlFor={id}>
        {texts.address}
      </label>
      <div className="combobox">
        <input
          ref={field}
          id={id}
          className="field mono"
          role="combobox"
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? `${id}-${active}` : undefined}
          aria-describedby={`${id}-hint`}
          aria-invalid={invalid}
          aria-errormessage={invalid ? describedBy : undefined}
          value={value}
          maxLength={512}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => {
            onChange(event.target.value);
            setOpen(true);
            setActive(-1);
          }}
          onKeyDown={choose}
          onBlur={() => setOpen(false)}
          onPaste={(event) => {
            const text = event.clipboardData.getData('text');
            const words = text.trim().split(/[\s,;]+/);
            if (words.length < 2) return;
            event.preventDefault();
            onPasteMany(/[\r\n]/.test(text.trim()) ? text : words.join('\n'));
          }}
        />
        <div id={`${id}-list`} className="suggestions" role="listbox" aria-label={texts.suggestions} hidden={!shown}>
          {suggestions.map(({ address, name }, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's
            <div
              key={address}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              // The field must keep the focus.
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(address)}
            >
              <code>{address}</code>
              <span className="fine">{name}</span>
            </div>
          ))}
        </div>
      </div>
      <p className="fine" id={`${id}-hint`}>
        {texts.addressHint}
      </p>
    </>
  );
}
