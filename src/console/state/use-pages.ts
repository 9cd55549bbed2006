import { useEffect, useRef, useState } from 'preact/hooks';
import { Refusal } from '../api/ask.ts';

export interface Pages<T> {
  readonly items: readonly T[];
  /** Whether the server has more. */
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: Refusal | null;
  loadMore(): void;
  /** Forgets what was loaded and begins again. */
  reload(): void;
}

/** Loads a list page by page. `inputs` says what the list depends on: a change begins it anew. */
export function usePages<T>(
  load: (cursor: string | undefined) => Promise<{ items: readonly T[]; next: string | null }>,
  inputs: readonly unknown[],
): Pages<T> {
  const [items, setItems] = useState<readonly T[]>([]);
  const [next, setNext] = useState<string | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<Refusal | null>(null);
  const [round, setRound] = useState(0);
  const newest = useRef(0);

  const read = async (cursor: string | undefined, known: readonly T[]) => {
    const mine = ++newest.current;
    setLoading(true);
    setError(null);
    try {
      const page = await load(cursor);
      if (mine !== newest.current) return;
      setItems([...known, ...page.items]);
      setNext(page.next);
    } catch (refused) {
      if (mine !== newest.current) return;
      setError(refused instanceof Refusal ? refused : new Refusal(0, { detail: String(refused) }));
    }
    setLoading(false);
  };

  useEffect(() => {
    setItems([]);
    setNext(null);
    void read(undefined, []);
  }, [...inputs, round]);

  return {
    items,
    hasMore: next !== null,
    isLoading,
    error,
    loadMore: () => {
      if (next !== null && !isLoading) void read(next, items);
    },
    reload: () => setRound((former) => former + 1),
  };
}
