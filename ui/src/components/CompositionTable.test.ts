// What stands beside a value: its error of a slice, of 500 t and of the lot, and what is detectable.
import { render } from 'svelte/server';
import { describe, expect, it, vi } from 'vitest';
import type { Lot } from '../api_types';

vi.stubGlobal('navigator', { language: 'en-GB' });   // the dictionary asks for it when it is loaded
const { default: CompositionTable } = await import('./CompositionTable.svelte');

const iron = { name: 'Fe', value: 61.234, unit: '%', std_error: 0.41, std_error_500t: 0.12, std_error_lot: 0.052 };
const slag = { name: 'slag_fraction', value: 1.2, unit: '%', std_error: 3.1, std_error_500t: 1.4, std_error_lot: 0.9, detection_limit: 14.2, detection_limit_500t: 5.6, detection_limit_lot: 2.3 };

function cells(composition: object[]): string[][] {
  const { body } = render(CompositionTable, { props: { lot: { composition, declared_composition: { Fe: 62 } } as unknown as Lot } });
  const text = (html: string) => html.replace(/<[^>]*>/g, '').trim();
  return [...body.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map((row) => [...row[1].matchAll(/<t[dh][^>]*>([\s\S]*?)<\/t[dh]>/g)].map((cell) => text(cell[1])));
}

describe('CompositionTable', () => {
  it('gives the error of a slice, of 500 t and of the lot beside the value', () => {
    const [heads, fe] = cells([iron]);
    expect(heads[4]).toBe('500 t');
    expect(fe.slice(3, 6)).toEqual(['± 0.41', '± 0.12', '± 0.052']);
    expect(fe[1]).toBe('61.234');
    expect(fe[6]).toBe('62');
  });

  it('gives what is detectable in a slice, in 500 t and in the lot', () => {
    expect(cells([slag])[1][8]).toContain('14.2 / 5.6 / 2.3');
  });

  it('does not call detectable what no share of slag would show', () => {
    const row = cells([{ ...slag, detection_limit: 100 }])[1][8];
    expect(row).not.toContain('100');
    expect(row).toContain('/ 5.6 / 2.3');
  });

  it('says a dash where an error is not known', () => {
    expect(cells([{ ...iron, std_error_500t: undefined }])[1][4]).toBe('–');
  });
});
