/** The API key in use, requests that are sent with it, and what it may do. */

import { QueryClient, QueryClientProvider, type Query } from "@tanstack/react-query";
import {
  createContext,
  lazy,
  Suspense,
  useCallback,
  useContext,
  useMemo,
  useState,
  type ReactNode,
} from "react";
import { removeKey, storeKey } from "./apiKey";
import { takeEarly, takeEarlyData } from "./earlyAnswers";
import type { Variables } from "./json";
import { dataOf, RequestError, send, type Execute } from "./server";

/** How old data that was asked for early may be when the page is shown. */
const EARLY_MS = 5_000;

interface Session {
  readonly execute: Execute;
  /** The data of an operation that was asked for early, if it is there. */
  readonly earlyData: <Data>(operation: string, variables: Variables) => Data | undefined;
  /** Removes the key, which brings up the form to enter another. */
  readonly clearKey: () => void;
}

/** Most visits begin with a key. */
const KeyForm = lazy(async () => ({ default: (await import("./KeyForm")).KeyForm }));

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession needs a SessionProvider.");
  return session;
}

interface Props {
  readonly initialKey: string | null;
  readonly children: ReactNode;
}

/** Shows its children once there is a key, and the form to enter one until then. */
export function SessionProvider({ initialKey, children }: Props) {
  const [key, setKey] = useState(initialKey);
  const [rejection, setRejection] = useState<string | null>(null);

  const clearKey = useCallback(() => {
    removeKey();
    setKey(null);
    setRejection(null);
  }, []);
  const session = useMemo(() => {
    const execute: Execute = async <Data,>(
      operation: string,
      variables: Variables,
      signal: AbortSignal,
    ) => {
      try {
        const early = await takeEarly(key, operation, variables);
        const data = dataOf<Data>(early ?? (await send(key ?? "", operation, variables, signal)));
        if (key !== null && key !== initialKey) storeKey(key); // The server knows it.
        return data;
      } catch (error) {
        if (error instanceof RequestError && error.isUnauthorized && !signal.aborted) {
          clearKey();
          setRejection(error.message);
        }
        throw error;
      }
    };
    const earlyData = <Data,>(operation: string, variables: Variables) =>
      takeEarlyData<Data>(key, operation, variables);
    return { execute, earlyData, clearKey };
  }, [key, initialKey, clearKey]);
  // Nothing that one key may read is kept for the next one.
  const client = useMemo(() => queryClient(), [session]);

  const acceptKey = (entered: string) => {
    setRejection(null);
    setKey(entered);
  };
  if (key === null) {
    return (
      <Suspense fallback={<main className="key-page" id="main" aria-busy />}>
        <KeyForm key={rejection} rejection={rejection} onKey={acceptKey} />
      </Suspense>
    );
  }
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={client}>{children}</QueryClientProvider>
    </SessionContext>
  );
}

function queryClient(): QueryClient {
  const always = { networkMode: "always", retry: false } as const;
  return new QueryClient({
    defaultOptions: {
      queries: { ...always, refetchOnWindowFocus: false, staleTime },
      mutations: always,
    },
  });
}

/** What was asked for early is new, and everything else may have changed. */
function staleTime({ state }: Query): number {
  return state.dataUpdateCount === 0 ? EARLY_MS : 0;
}
