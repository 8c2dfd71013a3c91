/** An answer that follows its question. */

import { useCallback, useEffect, useState } from "react";
import { json, type Value } from "./json";
import { Refusal, type Ask } from "./server";

export interface Answered<Data> {
  /** The last answer; it stays while the next one is on its way. */
  readonly data: Data | null;
  /** Of the last question, instead of an answer. */
  readonly refusal: Refusal | null;
  readonly isWaiting: boolean;
  readonly retry: () => void;
}

interface State<Data> {
  readonly data: Data | null;
  readonly refusal: Refusal | null;
  /** The question that this is about. */
  readonly question: string | null;
}

/**
 * Asks `delay` ms after the question last changed. An answer to an earlier question is dropped.
 */
export function useAnswer<Data>(
  ask: Ask,
  operation: string,
  variables: { readonly [name: string]: Value },
  delay = 0,
): Answered<Data> {
  const asked = json(variables);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State<Data>>({ data: null, refusal: null, question: null });
  const question = `${attempt} ${asked}`;

  useEffect(() => {
    const waiting = new AbortController();
    const settle = (change: Partial<State<Data>>) => {
      if (!waiting.signal.aborted) {
        setState((state) => ({ ...state, refusal: null, ...change, question }));
      }
    };
    const timer = setTimeout(() => {
      ask<Data>(operation, variables, waiting.signal).then(
        (data) => settle({ data }),
        (error: unknown) => settle({ refusal: asRefusal(error) }),
      );
    }, delay);
    return () => {
      clearTimeout(timer);
      waiting.abort();
    };
    // `question` stands for the variables: they are a new object each time.
  }, [ask, operation, question, delay]);

  const retry = useCallback(() => setAttempt((attempt) => attempt + 1), []);
  return {
    data: state.data,
    refusal: state.refusal,
    isWaiting: state.question !== question,
    retry,
  };
}

export function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(String(error), true);
}
