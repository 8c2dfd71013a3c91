/** Who asks: the key, and what happens when the server does not take it. */

import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from "react";
import { KeyForm } from "./KeyForm";
import { forgetKey, keepKey } from "./apiKey";
import { asking, Refusal, type Ask } from "./server";

interface Session {
  readonly ask: Ask;
  readonly forget: () => void;
}

const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("no session");
  return session;
}

interface Props {
  readonly firstKey: string | null;
  readonly children: ReactNode;
}

/** Shows its children to someone with a key, and a form for the key to anyone else. */
export function SessionProvider({ firstKey, children }: Props) {
  const [key, setKey] = useState(firstKey);
  const [reason, setReason] = useState<string | null>(null);

  const forget = useCallback(() => {
    forgetKey();
    setKey(null);
    setReason(null);
  }, []);
  const session = useMemo(() => {
    const ask = asking(key ?? "");
    const asked: Ask = (operation, variables, signal) =>
      ask<never>(operation, variables, signal).catch((error: unknown) => {
        if (error instanceof Refusal && error.isOfKey && !signal.aborted) {
          forget();
          setReason(error.message);
        }
        throw error;
      });
    return { ask: asked, forget };
  }, [key, forget]);

  const keep = (given: string) => {
    keepKey(given);
    setReason(null);
    setKey(given);
  };
  if (key === null) return <KeyForm reason={reason} onKey={keep} />;
  return <SessionContext value={session}>{children}</SessionContext>;
}
