import type { ShownEngine } from '../schemas/snapshot.ts';
import type { Words } from './words.ts';

/** `Docker Engine 20.10.24: Not attached: … As administrator: sudo portcullis engine attach` */
export function holdText(
  { name, version, running, hold, wayPast, command }: ShownEngine,
  { panel: { proof } }: Words,
): string {
  const engine = [name, version, running ? null : `(${proof.stopped})`].filter((part) => part !== null).join(' ');
  return `${engine}: ${wayPast ? proof.wayPast : proof.hold[hold]}${command === null ? '' : ` ${proof.attach} ${command}`}`;
}
