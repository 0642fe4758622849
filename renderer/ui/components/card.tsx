import { type ReactNode, useId } from 'react';

/** A part of the screen with a heading, and with a name for whoever goes from landmark to landmark. */
export function Card({
  title,
  heading = 2,
  aside,
  className = '',
  children,
}: {
  title: string;
  /** 1 for the part that a view is named for. */
  heading?: 1 | 2;
  /** Stands on the heading's line, at its end. */
  aside?: ReactNode;
  className?: string;
  children: ReactNode;
}) {
  const id = useId();
  const Heading = `h${heading}` as const;
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <div className="card-head">
        <Heading id={id}>{title}</Heading>
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
