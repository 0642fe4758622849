import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** Rows drawn beyond what is in sight, so that scrolling does not run into blank space. */
const MARGIN = 12;
/** Browsers cannot lay out anything much higher, in pixels; what lies beyond is found by searching. */
const TALLEST = 15_000_000;

/** The rows that are open, and by how many pixels each is higher than a closed one. */
type Extra = ReadonlyMap<number, number>;

function topOf(index: number, rowHeight: number, extra: Extra): number {
  let top = index * rowHeight;
  for (const [open, more] of extra) if (open < index) top += more;
  return top;
}

function indexAt(y: number, rowHeight: number, extra: Extra): number {
  let index = Math.floor(y / rowHeight);
  for (const [open, more] of [...extra].sort(([a], [b]) => a - b)) {
    if (open < index) index = Math.max(open, Math.floor((y - more) / rowHeight));
  }
  return Math.max(0, index);
}

/**
 * A list of any length in the page's own scrolling: only rows in sight exist. All rows are `rowHeight` high, but for those
 * that are open. The row that has the focus is never taken away, and the arrow keys go from the button of one row to that of the next.
 *
 * @param rowHeight in rem, so that it grows with the text
 */
export function VirtualList({
  label,
  count,
  rowHeight,
  onSight,
  row,
}: {
  label: string;
  count: number;
  rowHeight: number;
  /** Rows `from` to `to` (exclusive) are in sight. */
  onSight: (from: number, to: number) => void;
  row: (index: number, open: boolean, toggle: () => void) => ReactNode;
}) {
  const list = useRef<HTMLUListElement>(null);
  const [inSight, setInSight] = useState<[number, number]>([0, 0]);
  const [extra, setExtra] = useState<Extra>(new Map());
  const [focused, setFocused] = useState<number | null>(null);
  const height = rowHeight * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  const shown = Math.min(count, Math.floor(TALLEST / height));

  useEffect(() => {
    let frame = 0;
    const look = () => {
      frame = 0;
      if (list.current === null) return;
      const above = -list.current.getBoundingClientRect().top;
      const from = Math.min(shown, indexAt(above, height, extra));
      const to = Math.min(shown, indexAt(above + innerHeight, height, extra) + 1);
      setInSight((before) => (before[0] === from && before[1] === to ? before : [from, to]));
    };
    const later = () => {
      frame ||= requestAnimationFrame(look);
    };
    look();
    addEventListener('scroll', later, { passive: true });
    addEventListener('resize', later);
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', later);
      removeEventListener('resize', later);
    };
  }, [shown, height, extra]);

  useEffect(() => {
    if (inSight[1] > inSight[0]) onSight(inSight[0], inSight[1]);
  }, [inSight, onSight]);

  const first = Math.max(0, inSight[0] - MARGIN);
  const last = Math.min(shown, inSight[1] + MARGIN);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index);
  if (focused !== null && focused < shown && (focused < first || focused >= last)) drawn.push(focused);

  const measure = (index: number, taller: number | null) => {
    if ((extra.get(index) ?? null) === taller) return;
    const next = new Map(extra);
    if (taller === null) next.delete(index);
    else next.set(index, taller);
    setExtra(next);
  };

  const moveByKeys = (event: KeyboardEvent<HTMLUListElement>): void => {
    const { target, key, currentTarget } = event;
    const step = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (step === undefined || !(target instanceof HTMLButtonElement)) return;
    const row = target.closest('li');
    const next = Number(row?.ariaPosInSet) - 1 + step;
    if (!(next >= 0 && next < shown)) return;
    event.preventDefault();
    // A key that is held down is faster than scrolling: the row may not be drawn yet.
    flushSync(() => setFocused(next));
    const button = currentTarget.querySelector<HTMLElement>(`:scope > li[aria-posinset="${next + 1}"] button`);
    button?.focus();
    button?.scrollIntoView({ block: 'nearest' });
  };

  return (
    <ul
      ref={list}
      className="plain virtual"
      aria-label={label}
      style={{ height: topOf(shown, height, extra) }}
      onBlur={() => setFocused(null)}
      onKeyDown={moveByKeys}
    >
      {drawn.map((index) => (
        <Row
          key={index}
          index={index}
          count={count}
          top={topOf(index, height, extra)}
          height={height}
          open={extra.has(index)}
          onMeasure={measure}
          onFocus={setFocused}
        >
          {row(index, extra.has(index), () => measure(index, extra.has(index) ? null : 0))}
        </Row>
      ))}
    </ul>
  );
}

function Row({
  index,
  count,
  top,
  height,
  open,
  onMeasure,
  onFocus,
  children,
}: {
  index: number;
  count: number;
  top: number;
  height: number;
  open: boolean;
  onMeasure: (index: number, taller: number) => void;
  onFocus: (index: number) => void;
  children: ReactNode;
}) {
  const item = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    const watched = item.current;
    if (!open || watched === null) return;
    const measure = (): void => onMeasure(index, watched.offsetHeight - height);
    measure();
    // What is shown in it may still be on its way.
    const observer = new ResizeObserver(measure);
    observer.observe(watched);
    return () => observer.disconnect();
  });
  return (
    <li
      ref={item}
      style={{ transform: `translateY(${top}px)`, ...(open ? {} : { height }) }}
      aria-setsize={count}
      aria-posinset={index + 1}
      onFocus={() => onFocus(index)}
    >
      {children}
    </li>
  );
}
