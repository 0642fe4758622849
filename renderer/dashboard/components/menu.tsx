import { type ReactNode, useEffect, useRef } from 'react';

/** What opens below a button: it closes by Esc, and when something else is pressed or gets the focus. */
export function Menu({
  summary,
  label,
  className = '',
  button = 'button',
  children,
}: {
  summary: ReactNode;
  /** Where the summary says less to the eye than it should to the ear. */
  label?: string;
  className?: string;
  button?: string;
  children: ReactNode;
}) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const { current } = menu;
      if (current === null || !current.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        if (current.contains(document.activeElement)) current.querySelector('summary')?.focus();
      } else if (event.target instanceof Node && current.contains(event.target)) return;
      current.open = false;
    };
    const events = ['keydown', 'pointerdown', 'focusin'];
    for (const event of events) document.addEventListener(event, close);
    return () => {
      for (const event of events) document.removeEventListener(event, close);
    };
  }, []);
  return (
    <details className={`menu ${className}`} ref={menu}>
      <summary className={button} aria-label={label}>
        {summary}
      </summary>
      <div className="card menu-card">{children}</div>
    </details>
  );
}
