import { wordsFor } from '../../shared/messages/words.ts';

/** The command line speaks English only: its output is searched for, quoted and pasted into tickets. */
export const english = wordsFor('en', 'en');
