// Increments planned against increments taken: each taken one answers the nearest planned one.

export interface Increment { t: number; kind: 'planned' | 'taken' | 'missed' }

/** `passed`: tonnes beyond which a planned increment may still come. Half the spacing of the plan is how far one may be off. */
export function increments(planned: number[], taken: number[], passed: number): Increment[] {
  const plan = [...planned].sort((a, b) => a - b);
  const spacing = plan.length > 1 ? (plan[plan.length - 1] - plan[0]) / (plan.length - 1) : Infinity;
  const got = [...taken].sort((a, b) => a - b);
  const out: Increment[] = got.map((t) => ({ t, kind: 'taken' }));
  let k = 0;
  for (const t of plan) {
    while (k < got.length && got[k] < t - spacing / 2) k++;
    if (k < got.length && Math.abs(got[k] - t) <= spacing / 2) { k++; continue; }
    out.push({ t, kind: t + spacing / 2 < passed ? 'missed' : 'planned' });
  }
  return out.sort((a, b) => a.t - b.t);
}
