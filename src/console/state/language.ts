import { createStoredChoice } from './stored-choice.ts';

const LANGUAGES = ['en', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const language = createStoredChoice(
  'language',
  LANGUAGES,
  navigator.language.startsWith('zh') ? 'zh' : 'en',
);
language.subscribe((value) => {
  document.documentElement.lang = value === 'zh' ? 'zh-Hans' : 'en';
});

type Texts = Readonly<Record<string, string>>;

/**
 * Joins the English and the Chinese texts of a page. The result returns the text in the user's language,
 * with `{name}` replaced by values. The compiler finds a text that one language lacks.
 */
export function defineTexts<const En extends Texts>(texts: {
  readonly en: En;
  readonly zh: Readonly<Record<keyof En, string>>;
}): (key: keyof En, values?: Readonly<Record<string, string | number>>) => string {
  return (key, values = {}) =>
    texts[language.value][key].replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
}
