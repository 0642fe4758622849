import { Language, type PreferencesView, Theme } from '../../shared/schemas/preferences.ts';

/** How the page looks and speaks. The agent keeps it; a copy here has the first paint look right already. */
export interface Appearance {
  readonly theme: Theme;
  readonly language: Language;
}

const KEPT = 'portcullis.appearance';

export function appearanceOf(preferences: PreferencesView): Appearance {
  return { theme: preferences.theme.value, language: preferences.language.value };
}

export function keptAppearance(storage: Pick<Storage, 'getItem'>): Appearance {
  const [theme, language] = (storage.getItem(KEPT) ?? '').split(' ');
  return { theme: Theme.catch('system').parse(theme), language: Language.catch('system').parse(language) };
}

export function applyAppearance(
  { theme, language }: Appearance,
  tag: string,
  root: HTMLElement,
  storage: Pick<Storage, 'setItem'>,
): void {
  storage.setItem(KEPT, `${theme} ${language}`);
  root.dataset.theme = theme;
  root.lang = tag;
}
