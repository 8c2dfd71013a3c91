/** The API key in use, and requests that are sent with it. */

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { removeKey, storeKey } from "./apiKey";
import { KeyForm } from "./KeyForm";
import { executeWith, RequestError, type Execute } from "./server";

interface Session {
  readonly execute: Execute;
  /** Removes the key, which brings up the form to enter another. */
  readonly clearKey: () => void;
}

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
    const executeWithKey = executeWith(key ?? "");
    const execute: Execute = (operation, variables, signal) =>
      executeWithKey<never>(operation, variables, signal).catch((error: unknown) => {
        if (error instanceof RequestError && error.isUnauthorized && !signal.aborted) {
          clearKey();
          setRejection(error.message);
        }
        throw error;
      });
    return { execute, clearKey };
  }, [key, clearKey]);

  const acceptKey = (entered: string) => {
    storeKey(entered);
    setRejection(null);
    setKey(entered);
  };
  if (key === null) return <KeyForm rejection={rejection} onKey={acceptKey} />;
  return <SessionContext value={session}>{children}</SessionContext>;
}
