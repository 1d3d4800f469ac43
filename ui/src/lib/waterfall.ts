// What stands out in a waterfall: counts of a group of energies against that group's usual rate.

/** Standard deviations above (or below) the median rate of the same column. Rows in time, columns in energy. */
export function excess(rows: number[][], live: number[]): number[][] {
  const columns = rows[0]?.length ?? 0;
  const usual = Array.from({ length: columns }, (_, c) => median(rows.map((row, r) => (live[r] > 0 ? row[c] / live[r] : 0))));
  return rows.map((row, r) => row.map((count, c) => {
    const expected = usual[c] * live[r];
    return (count - expected) / Math.sqrt(Math.max(1, expected));
  }));
}

export function median(values: number[]): number {
  if (!values.length) return 0;
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** How strongly a cell is drawn, 0 to 1: nothing below two standard deviations, all of it from eight on. */
export const strength = (deviations: number) => Math.min(1, Math.max(0, (deviations - 2) / 6));
