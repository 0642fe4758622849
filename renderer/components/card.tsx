import { type ReactNode, useId } from 'react';

/** A part of the screen with a heading, and with a name for whoever goes from landmark to landmark. */
export function Card({
  title,
  aside,
  className = '',
  children,
}: {
  title: string;
  /** Stands on the heading's line, at its end. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const heading = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={heading}>
      <div className="card-head">
        <h2 id={heading}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** One line of facts: what it is, and its value. */
export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
