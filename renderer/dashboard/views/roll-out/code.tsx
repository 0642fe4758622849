/** Text of a program, which scrolls by itself where it is wider than the page. */
export function Code({ label, text }: { label: string; text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="code" tabIndex={0} aria-label={label}>
      <pre>
        <code translate="no">{text}</code>
      </pre>
    </section>
  );
}
