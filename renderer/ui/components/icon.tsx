/** Small glyphs, drawn on a 16-unit grid in the colour of the text beside them. They never stand alone: text names them. */
const PATHS = {
  check: 'M3 8.5l3.2 3.2L13 5',
  cross: 'M4 4l8 8M12 4l-8 8',
  dash: 'M4 8h8',
  question: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.45-1.1.9-1.1 1.8M8 12.3v.1',
  copy: 'M6 5.5h7v8H6zM3.5 10.5v-8h7',
  download: 'M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.3h10',
  external: 'M9 3h4v4M13 3L7.5 8.5M11 9.5V13H3V5h3.5',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5L14 14',
  sync: 'M13.5 8a5.5 5.5 0 1 1-1.7-4M12 1.5V4.2H9.3',
  undo: 'M6 3L3 6l3 3M3 6h6.5a3.5 3.5 0 0 1 0 7H6',
  chevron: 'M6 3.5L10.5 8 6 12.5',
  padlock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8zM8 7.3v3.7M8 5v.1',
  warning: 'M8 2L14.5 13.5h-13zM8 6.5V10M8 11.8v.1',
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
