/** Runs in the page: the button that changes between light and dark, remembered where it may be. */
export const THEME_SCRIPT = `
(() => {
  'use strict';
  const root = document.documentElement;
  const button = document.querySelector('[data-theme-toggle]');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const KEY = 'tiyf-theme';
  const stored = (value) => {
    // A file opened from a disk may have no storage: then the choice lasts as long as the page.
    try {
      if (value !== undefined) localStorage.setItem(KEY, value);
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const current = () => root.dataset.theme ?? (system.matches ? 'dark' : 'light');
  const show = () => {
    const other = current() === 'dark' ? 'light' : 'dark';
    button.textContent = other === 'dark' ? 'Dark' : 'Light';
    button.setAttribute('aria-label', 'Change to ' + other + ' colours');
    document.dispatchEvent(new Event('themechange'));
  };
  const choice = stored();
  if (choice === 'dark' || choice === 'light') root.dataset.theme = choice;
  button.hidden = false;
  button.addEventListener('click', () => {
    root.dataset.theme = current() === 'dark' ? 'light' : 'dark';
    stored(root.dataset.theme);
    show();
  });
  system.addEventListener('change', show);
  show();
})();
`;
