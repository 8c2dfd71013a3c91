import { useCallback, useEffect, useState } from "react";
import { toJson, type Variables } from "./json";
import { RequestError, type Execute } from "./server";

export interface QueryResult<Data> {
  /** The latest data; it stays while the next request is running. */
  readonly data: Data | null;
  /** Why the latest request failed, if it did. */
  readonly error: RequestError | null;
  readonly isLoading: boolean;
  readonly retry: () => void;
}

interface State<Data> {
  readonly data: Data | null;
  readonly error: RequestError | null;
  /** The request that `data` or `error` belongs to. */
  readonly request: string | null;
}

/**
 * Runs an operation, and again `delay` ms after its variables last changed. Answers to earlier
 * requests are dropped.
 */
export function useQuery<Data>(
  execute: Execute,
  operation: string,
  variables: Variables,
  delay = 0,
): QueryResult<Data> {
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State<Data>>({ data: null, error: null, request: null });
  const request = `${attempt} ${toJson(variables)}`;

  useEffect(() => {
    const running = new AbortController();
    const finish = (change: Partial<State<Data>>) => {
      if (!running.signal.aborted) {
        setState((state) => ({ ...state, error: null, ...change, request }));
      }
    };
    const timer = setTimeout(() => {
      execute<Data>(operation, variables, running.signal).then(
        (data) => finish({ data }),
        (error: unknown) => finish({ error: toRequestError(error) }),
      );
    }, delay);
    return () => {
      clearTimeout(timer);
      running.abort();
    };
    // `request` stands for `variables`, which are a new object at every render.
  }, [execute, operation, request, delay]);

  const retry = useCallback(() => setAttempt((attempt) => attempt + 1), []);
  return { data: state.data, error: state.error, isLoading: state.request !== request, retry };
}

export function toRequestError(error: unknown): RequestError {
  return error instanceof RequestError ? error : new RequestError(String(error), true);
}
