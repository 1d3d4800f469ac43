// Words in the reader's language; switching changes every text on the page at once.
import en from './en';
import zh from './zh';

export type Key = keyof typeof en;
export type Language = 'zh' | 'en';
const dictionaries: Record<Language, Record<Key, string>> = { zh, en };

function remembered(): Language {
  try {
    const stored = localStorage.getItem('language');
    if (stored === 'zh' || stored === 'en') return stored;
  } catch { /* storage may be closed to us: the choice then lasts as long as the page */ }
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

let language = $state<Language>(remembered());
export const currentLanguage = () => language;

export function setLanguage(next: Language) {
  language = next;
  document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
  try { localStorage.setItem('language', next); } catch { /* as above */ }
}

function fill(text: string, values?: Record<string, string | number>): string {
  return values ? text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole)) : text;
}

export function t(key: Key, values?: Record<string, string | number>): string {
  return fill(dictionaries[language][key], values);
}

/** A word the server chose (a code, a model's or instrument's kind): shown as it is when the dictionary has none. */
export function word(group: string, name: string): string {
  const key = `${group}.${name}`;
  return key in en ? dictionaries[language][key as Key] : name.replaceAll('_', ' ');
}

export const timeUnits = () => ({ s: t('time.s'), min: t('time.min'), h: t('time.h'), d: t('time.d') });
