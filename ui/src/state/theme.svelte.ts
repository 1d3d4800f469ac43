// Light grey by day, dark grey by night: as chosen, else as the computer is set.

type Theme = 'light' | 'dark';

function remembered(): Theme {
  try {
    const stored = localStorage.getItem('theme');
    if (stored === 'light' || stored === 'dark') return stored;
  } catch { /* storage may be closed to us */ }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

let theme = $state<Theme>(remembered());
export const currentTheme = () => theme;

export function setTheme(next: Theme) {
  theme = next;
  document.documentElement.dataset.theme = next;
  try { localStorage.setItem('theme', next); } catch { /* as above */ }
}

/** A colour of tokens.css as the canvas needs it. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
