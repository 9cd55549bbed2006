import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';
import { text } from './texts.ts';

interface FrameProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | null | undefined;
  readonly isOptional?: boolean | undefined;
}

interface Described {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

function Frame({
  label,
  hint,
  error,
  isOptional,
  children,
}: FrameProps & { readonly children: (described: Described) => ComponentChildren }): JSX.Element {
  const id = useId();
  const hasError = error !== null && error !== undefined;
  const describedBy = [hint === undefined ? '' : `${id}-hint`, hasError ? `${id}-error` : '']
    .filter(Boolean)
    .join(' ');
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isOptional === true && <span class="field-optional">{text('optional')}</span>}
      </label>
      {children({
        id,
        'aria-describedby': describedBy === '' ? undefined : describedBy,
        'aria-invalid': hasError,
      })}
      {hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {hasError && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps extends FrameProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly autocomplete?: string;
  /** 'numeric' shows the digits on a phone. */
  readonly inputMode?: 'text' | 'numeric' | 'url' | 'search';
}

function readInput({ value, onInput, required, placeholder, inputMode, ...rest }: TextFieldProps) {
  const { autocomplete = 'off', ...frame } = rest;
  const input = {
    class: 'input',
    value,
    required,
    placeholder,
    autocomplete,
    inputMode,
    spellcheck: false,
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  };
  return { frame, input };
}

export function TextField(props: TextFieldProps): JSX.Element {
  const { frame, input } = readInput(props);
  return <Frame {...frame}>{(described) => <input {...described} {...input} type="text" />}</Frame>;
}

export function SecretField(props: TextFieldProps): JSX.Element {
  const { frame, input } = readInput(props);
  return (
    <Frame {...frame}>{(described) => <input {...described} {...input} type="password" />}</Frame>
  );
}

/** Its value is a date such as 2026-11-26, or empty. */
export function DateField(props: TextFieldProps): JSX.Element {
  const { frame, input } = readInput(props);
  return <Frame {...frame}>{(described) => <input {...described} {...input} type="date" />}</Frame>;
}

interface TextAreaProps extends FrameProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  readonly required?: boolean;
  readonly placeholder?: string;
}

export function TextArea({ value, onInput, rows = 6, ...rest }: TextAreaProps): JSX.Element {
  const { required, placeholder, ...frame } = rest;
  return (
    <Frame {...frame}>
      {(described) => (
        <textarea
          {...described}
          class="input input-code"
          rows={rows}
          value={value}
          required={required}
          placeholder={placeholder}
          spellcheck={false}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends FrameProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly options: readonly Option[];
}

export function Select({ value, onInput, options, ...frame }: SelectProps): JSX.Element {
  return (
    <Frame {...frame}>
      {(described) => (
        <select
          {...described}
          class="input"
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

export function Checkbox(props: {
  readonly label: string;
  readonly hint?: string;
  readonly checked: boolean;
  readonly onInput: (checked: boolean) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="checkbox">
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        aria-describedby={props.hint === undefined ? undefined : `${id}-hint`}
        onInput={(event) => props.onInput(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
      {props.hint !== undefined && (
        <p class="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** Choices of which exactly one is chosen, each with a sentence that explains it. */
export function RadioGroup(props: {
  readonly legend: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly options: readonly (Option & { readonly hint?: string })[];
}): JSX.Element {
  const name = useId();
  return (
    <fieldset class="radio-group">
      <legend>{props.legend}</legend>
      {props.options.map((option) => (
        <label key={option.value} class="radio">
          <input
            type="radio"
            name={name}
            value={option.value}
            checked={option.value === props.value}
            onInput={() => props.onInput(option.value)}
          />
          <span>
            {option.label}
            {option.hint !== undefined && <small>{option.hint}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
