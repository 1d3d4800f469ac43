/** The media type to send a declarations file as; nothing when it is neither JSON nor CSV. */
export function declarationsType(name: string, text: string): string | null {
  const start = text.trimStart()[0];
  if (/\.json$/i.test(name) || start === '{' || start === '[') return 'application/json';
  return /\.(csv|txt)$/i.test(name) || text.split('\n')[0].includes(',') ? 'text/csv' : null;
}
export const kMostBytes = 1024 * 1024;
