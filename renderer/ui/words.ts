import { createContext, useContext } from 'react';
import { type Words, wordsFor } from '../../shared/messages/words.ts';

export const WordsContext = createContext<Words>(wordsFor('en', 'en'));
export const useWords = (): Words => useContext(WordsContext);
