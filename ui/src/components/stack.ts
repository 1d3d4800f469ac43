// Measures that the strips, panes and cursor of the tonne stack share, so that one tonne is one place in all of them.
export const kAxisPx = 52;
