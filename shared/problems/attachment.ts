import { row } from './row.ts';

export const attachmentProblems = {
  'attachment-needs-root': row({
    example: {},
    en: { message: () => 'Only root can do this.', next: () => 'Run it again with sudo.' },
    de: { message: () => 'Das darf nur root.', next: () => 'Führen Sie den Befehl mit sudo noch einmal aus.' },
  }),
};
