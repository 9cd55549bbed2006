import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import icon from '../icon.svg';
import { findHome, mayOpen, PAGES } from '../pages/pages.ts';
import { Button } from '../parts/button.tsx';
import { Select } from '../parts/field.tsx';
import { language } from '../state/language.ts';
import { linkTo, route } from '../state/route.ts';
import { session } from '../state/session.ts';
import { signOut } from '../state/sign-in.ts';
import { theme } from '../state/theme.ts';
import { text } from './texts.ts';

export function Navigation(): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [name = findHome()?.name] = route.value.path;
  return (
    <header class={`navigation${isOpen ? ' navigation-open' : ''}`}>
      <div class="navigation-bar">
        <a class="brand" href={linkTo([])}>
          <img src={icon} alt="" width="28" height="28" />
          Signet
        </a>
        <button
          type="button"
          class="button button-quiet navigation-toggle"
          aria-expanded={isOpen}
          aria-controls="navigation-content"
          onClick={() => setOpen(!isOpen)}
        >
          {text('menu')}
        </button>
      </div>
      <div id="navigation-content" class="navigation-content">
        <nav aria-label={text('navigation')}>
          <ul>
            {PAGES.filter(mayOpen).map((page) => (
              <li key={page.name}>
                <a
                  href={linkTo([page.name])}
                  aria-current={page.name === name ? 'page' : undefined}
                  onClick={() => setOpen(false)}
                >
                  {text(page.name)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="navigation-foot">
          <Preferences />
          <p class="signed-in">
            <span>{session.value?.accessKeyId}</span>
            <small>{text('account', { id: session.value?.accountId ?? '' })}</small>
          </p>
          <Button look="quiet" onClick={() => void signOut()}>
            {text('signOut')}
          </Button>
        </div>
      </div>
    </header>
  );
}

export function Preferences(): JSX.Element {
  return (
    <div class="preferences">
      <Select
        label={text('language')}
        value={language.value}
        onInput={(value) => {
          language.value = value === 'zh' ? 'zh' : 'en';
        }}
        options={[
          { value: 'en', label: 'English' },
          { value: 'zh', label: '简体中文' },
        ]}
      />
      <Select
        label={text('theme')}
        value={theme.value}
        onInput={(value) => {
          theme.value = value === 'light' || value === 'dark' ? value : 'system';
        }}
        options={[
          { value: 'system', label: text('system') },
          { value: 'light', label: text('light') },
          { value: 'dark', label: text('dark') },
        ]}
      />
    </div>
  );
}
