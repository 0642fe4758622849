/**
 * What hangs over other content on hover or focus can be sent away by Esc (WCAG 2.2, 1.4.13) until one points elsewhere, and so can an open
 * dialog: what is on top and no more, because in Electron an Esc that nobody wanted hides the whole panel.
 */
export function dismissByEscape(page: Document): void {
  const tips = (shown: boolean) => {
    page.documentElement.dataset.tips = shown ? 'on' : 'off';
  };
  page.addEventListener('pointerover', () => tips(true));
  page.addEventListener('focusin', () => tips(true));
  page.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    const dialogs = page.querySelectorAll<HTMLDialogElement>('dialog[open]');
    if (dialogs.length > 0 || [...page.querySelectorAll('.tip')].some((tip) => tip.checkVisibility())) {
      event.preventDefault();
    }
    tips(false);
    for (const dialog of dialogs) dialog.close();
  });
}
