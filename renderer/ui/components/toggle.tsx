/** On or off, at once or with what is saved later. Its label stands beside it. */
export function Toggle({
  label,
  on,
  text,
  disabled = false,
  onChange,
}: {
  label: string;
  on: boolean;
  /** Says the position in words. */
  text: string;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}) {
  return (
    <button
      type="button"
      role="switch"
      className="toggle"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={() => onChange(!on)}
    >
      <span className="toggle-track" aria-hidden="true" />
      <span aria-hidden="true">{text}</span>
    </button>
  );
}
