/** True when a key press belongs to a field or to a browser shortcut: page keys must leave it alone. */
export function typing(e: KeyboardEvent): boolean {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return true;
  const el = e.target as HTMLElement | null;
  return !!el?.closest?.('input, textarea, select, [contenteditable]') || !!document.querySelector('dialog[open]');
}
