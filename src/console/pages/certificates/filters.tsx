import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../../parts/button.tsx';
import { DateField, Select, TextField } from '../../parts/field.tsx';
import { text as partText } from '../../parts/texts.ts';
import { goTo } from '../../state/route.ts';
import { readSearch, showSearch, startOfDay } from './read-search.ts';
import { text } from './texts.ts';

type Fields = Readonly<Record<string, string>>;

const SEARCH_FIELDS = ['text', 'fingerprint', 'serial', 'ip', 'dns'];
const DATES = ['issuedAfter', 'issuedBefore', 'expiresAfter', 'expiresBefore'] as const;

/** The search field, and a form with every other filter. Both write the address of the page. */
export function Filters({ query }: { readonly query: URLSearchParams }): JSX.Element {
  const [typed, setTyped] = useState(showSearch(query));
  const [fields, setFields] = useState<Fields>(Object.fromEntries(query));
  const set = (name: string) => (value: string) => setFields({ ...fields, [name]: value });
  const value = (name: string) => fields[name] ?? '';
  const sort = value('sort');
  return (
    <search class="filters">
      <form
        class="search-form"
        onSubmit={(event) => {
          event.preventDefault();
          const others = Object.entries(fields).filter(([name]) => !SEARCH_FIELDS.includes(name));
          goTo(['certificates'], { ...Object.fromEntries(others), ...readSearch(typed) });
        }}
      >
        <TextField
          label={text('search')}
          hint={text('searchHint')}
          value={typed}
          onInput={setTyped}
          inputMode="search"
        />
        <Button type="submit" look="primary">
          {text('search')}
        </Button>
      </form>
      <details open={[...query.keys()].some((name) => !['text', 'sort'].includes(name))}>
        <summary>{text('filters')}</summary>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            goTo(['certificates'], fields);
          }}
        >
          <div class="form-row">
            <TextField
              label={text('dns')}
              hint={text('dnsHint')}
              value={value('dns')}
              onInput={set('dns')}
            />
            <TextField label={text('ip')} value={value('ip')} onInput={set('ip')} />
            <TextField label={text('email')} value={value('email')} onInput={set('email')} />
            <TextField
              label={text('serial')}
              hint={text('serialHint')}
              value={value('serial')}
              onInput={set('serial')}
            />
          </div>
          <div class="form-row">
            <Select
              label={text('state')}
              value={value('state')}
              onInput={set('state')}
              options={[
                { value: '', label: text('any') },
                ...(['valid', 'expired', 'revoked', 'on-hold'] as const).map((state) => ({
                  value: state,
                  label: partText(state),
                })),
              ]}
            />
            <TextField
              label={text('authority')}
              value={value('authority')}
              onInput={set('authority')}
            />
            <TextField label={text('profile')} value={value('profile')} onInput={set('profile')} />
            <Select
              label={text('origin')}
              value={value('origin')}
              onInput={set('origin')}
              options={[
                { value: '', label: text('any') },
                ...['api', 'acme', 'cas', 'openssl-ca', 'import'].map((origin) => ({
                  value: origin,
                  label: origin,
                })),
              ]}
            />
            <TextField label={text('account')} value={value('account')} onInput={set('account')} />
          </div>
          <div class="form-row">
            {DATES.map((name) => (
              <DateField
                key={name}
                label={text(name)}
                value={value(name).slice(0, 10)}
                onInput={(date) => set(name)(startOfDay(date) ?? '')}
              />
            ))}
            <Select
              label={text('sort')}
              value={sort === '' ? '-issuedAt' : sort}
              onInput={set('sort')}
              options={[
                { value: '-issuedAt', label: text('newest') },
                { value: 'issuedAt', label: text('oldest') },
                { value: 'notAfter', label: text('sooner') },
                { value: '-notAfter', label: text('later') },
              ]}
            />
          </div>
          <div class="form-actions">
            <Button onClick={() => goTo(['certificates'])}>{text('clear')}</Button>
            <Button type="submit">{text('search')}</Button>
          </div>
        </form>
      </details>
    </search>
  );
}
