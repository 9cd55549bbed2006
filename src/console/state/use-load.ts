import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../api/ask.ts';

export interface Loaded<T> {
  /** Undefined until the first answer; the former value while it loads again. */
  readonly data: T | undefined;
  readonly error: Refusal | null;
  readonly isLoading: boolean;
  reload(): void;
}

/** Loads when the page opens and when one of `inputs` changes. A late answer to older inputs is dropped. */
export function useLoad<T>(load: () => Promise<T>, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({
    data: undefined,
    error: null,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const newest = useRef(0);
  useEffect(() => {
    const mine = ++newest.current;
    setState((former) => ({ ...former, isLoading: true }));
    load().then(
      (data) => {
        if (mine === newest.current) setState({ data, error: null, isLoading: false });
      },
      (error: unknown) => {
        if (mine !== newest.current) return;
        setState((former) => ({ ...former, error: toRefusal(error), isLoading: false }));
      },
    );
  }, [...inputs, round]);
  return { ...state, reload: useCallback(() => setRound((former) => former + 1), []) };
}

export interface Action<Arguments extends readonly unknown[]> {
  /** Returns whether it succeeded. */
  run(...given: Arguments): Promise<boolean>;
  readonly isRunning: boolean;
  readonly error: Refusal | null;
  clear(): void;
}

/** Runs what the user asked for, once at a time, and keeps the refusal for the page to show. */
export function useAction<Arguments extends readonly unknown[]>(
  act: (...given: Arguments) => Promise<void>,
): Action<Arguments> {
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Refusal | null>(null);
  const isBusy = useRef(false);
  return {
    isRunning,
    error,
    clear: () => setError(null),
    async run(...given) {
      if (isBusy.current) return false;
      isBusy.current = true;
      setRunning(true);
      setError(null);
      try {
        await act(...given);
        return true;
      } catch (refused) {
        setError(toRefusal(refused));
        return false;
      } finally {
        isBusy.current = false;
        setRunning(false);
      }
    },
  };
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(0, { detail: error instanceof Error ? error.message : String(error) });
}
