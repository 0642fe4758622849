import type { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { asciiJson } from './export.ts';

/** Facility 13 (log audit), severity 5 (notice). */
const PRIORITY = 13 * 8 + 5;
/** A datagram that is larger may be cut or lost on its way (RFC 5426 section 3.2). */
const MAX_BYTES = 8_000;

export interface Reported {
  org: string;
  item: ActivityPage['items'][number];
}

/**
 * A syslog message (RFC 5424) whose text is the entry as JSON. It is ASCII, which needs no byte order mark (section 6.4). A long list of
 * changes is cut.
 */
export function syslogMessage({ org, item }: Reported, hostname: string, pid: number): Buffer {
  const { diff: _diff, details: _details, ...entry } = item;
  const head = `<${PRIORITY}>1 ${item.at} ${name(hostname, 255)} portcullis-hub ${pid} ${name(item.action, 32)} - `;
  let kept = entry.changes;
  for (;;) {
    const left = entry.changes.length - kept.length;
    const changes = left === 0 ? kept : [...kept, `and ${left} more`];
    const text = head + asciiJson({ org, ...entry, changes });
    if (text.length <= MAX_BYTES || kept.length === 0) return Buffer.from(text, 'latin1');
    kept = kept.slice(0, Math.floor(kept.length / 2));
  }
}

/** PRINTUSASCII, or the nil value. */
function name(text: string, longest: number): string {
  return text.replaceAll(/[^\x21-\x7e]/g, '').slice(0, longest) || '-';
}
