import { useEffect, useRef, useState } from 'react';
import { useWords } from '../words.ts';
import { Icon } from './icon.tsx';

const CONFIRMED_FOR = 2_000;

/** Copies text and says so. Where the clipboard is denied, the text is shown, selected, to be copied by hand. */
export function CopyButton({
  text,
  label,
  className = 'button',
  iconOnly = false,
}: {
  /** Made when it is pressed, so that it holds what is true then. */
  text: () => string;
  label: string;
  className?: string;
  /** The label is for screen readers, and shown as a tip. */
  iconOnly?: boolean;
}) {
  const { panel } = useWords();
  const [copied, setCopied] = useState(false);
  const [byHand, setByHand] = useState<string | null>(null);
  const area = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), CONFIRMED_FOR);
    return () => clearTimeout(timer);
  }, [copied]);
  useEffect(() => {
    if (byHand !== null) area.current?.select();
  }, [byHand]);

  async function copy(): Promise<void> {
    const value = text();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
      setByHand(null);
    } catch {
      setByHand(value);
    }
  }

  return (
    <>
      <button type="button" className={className} onClick={copy} title={iconOnly ? label : undefined}>
        <Icon name={copied ? 'check' : 'copy'} />
        <span className={iconOnly ? 'visually-hidden' : undefined}>{copied ? panel.copied : label}</span>
      </button>
      {/* A list of such buttons would be a list of live regions: there the button's own name says it. */}
      {!iconOnly && (
        <span className="visually-hidden" role="status">
          {copied ? panel.copied : ''}
        </span>
      )}
      {byHand !== null && (
        <textarea ref={area} className="by-hand" readOnly rows={6} value={byHand} aria-label={panel.copyByHand} />
      )}
    </>
  );
}
