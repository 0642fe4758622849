import { browserPagesDe } from './de/browser-pages.ts';
import { type BrowserPageMessages, browserPagesEn } from './en/browser-pages.ts';
import type { SpokenLanguage } from './languages.ts';

/** What the pages around signing in say. Apart from the other words, so that nothing else has to load it. */
export const browserPageTexts: Record<SpokenLanguage, BrowserPageMessages> = { en: browserPagesEn, de: browserPagesDe };
