import { Fragment } from 'react';

/** A path, host or address, which breaks after its separators where it has to. */
export function Path({ of }: { of: string }) {
  const parts = of.split(/(?<=\w[/\\.:@])/);
  return (
    <code className="path">
      {parts.map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no identity but their place
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </code>
  );
}
