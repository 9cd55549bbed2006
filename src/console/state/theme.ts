import { createStoredChoice } from './stored-choice.ts';

const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

export const theme = createStoredChoice('theme', THEMES, 'system');
theme.subscribe((value) => {
  document.documentElement.dataset.theme = value;
});
