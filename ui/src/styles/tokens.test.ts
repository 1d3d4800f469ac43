import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');
function tokens(theme: string): Record<string, string> {
  const block = css.split(`:root[data-theme='${theme}'] {`)[1].split('}')[0];
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6})/g)].map((m) => [m[1], m[2]]));
}
/** Relative luminance and contrast: WCAG 2.2, definitions of those terms. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function contrast(a: string, b: string): number {
  const [hi, lo] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (hi + 0.05) / (lo + 0.05);
}

describe.each(['light', 'dark'])('%s theme', (theme) => {
  const c = tokens(theme);
  it('is legible: 4.5 to 1 for text (WCAG 2.2, 1.4.3)', () => {
    for (const text of ['ink', 'ink-2', 'ink-3', 'critical', 'high', 'medium', 'low'])
      for (const ground of ['surface', 'raised', 'bg']) expect(contrast(c[text], c[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c['button-strong-ink'], c['button-strong'])).toBeGreaterThanOrEqual(4.5);
    expect(contrast(c['material-ink'], c['material'])).toBeGreaterThanOrEqual(4.5);
  });
  it('shows its edges: 3 to 1 for controls and focus (1.4.11)', () => {
    for (const ground of ['surface', 'bg']) expect(contrast(c.focus, c[ground])).toBeGreaterThanOrEqual(3);
    expect(contrast(c['rule-strong'], c.raised)).toBeGreaterThanOrEqual(3);
  });
  it('keeps its greys grey: colour is for what is abnormal', () => {
    for (const name of ['bg', 'surface', 'raised', 'sunken', 'rule', 'ink', 'ink-2', 'ink-3', 'button']) {
      const [r, g, b] = [1, 3, 5].map((i) => parseInt(c[name].slice(i, i + 2), 16));
      expect(Math.max(r, g, b) - Math.min(r, g, b), name).toBeLessThanOrEqual(24);
    }
  });
});
