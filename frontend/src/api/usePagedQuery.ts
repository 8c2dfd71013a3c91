/** A list that grows at its end, page by page. */

import { useEffect, useRef, useState } from "react";
import { asRefusal, useAnswer } from "./useQuery";
import { json, type Value } from "./json";
import type { Ask, Refusal } from "./server";
import type { Page } from "./types";

interface Growing<Node> {
  /** All pages in one. A node is in it twice when the first page, asked for again, has got it too. */
  readonly page: Page<Node> | null;
  readonly refusal: Refusal | null;
  readonly isWaiting: boolean;
  readonly retry: () => void;
  readonly more: () => void;
  /** Asks for the first page again. */
  readonly refresh: () => void;
}

interface Tail<Node> {
  readonly question: string;
  readonly pages: readonly Page<Node>[];
  readonly refusal: Refusal | null;
  readonly isWaiting: boolean;
}

/** `pageOf` finds the page in an answer to the operation, which takes a variable `after`. */
export function useList<Data, Node>(
  ask: Ask,
  operation: string,
  variables: { readonly [name: string]: Value },
  pageOf: (data: Data) => Page<Node> | null | undefined,
): Growing<Node> {
  const question = json(variables);
  const first = useAnswer<Data>(ask, operation, variables);
  const empty: Tail<Node> = { question, pages: [], refusal: null, isWaiting: false };
  const [kept, setKept] = useState(empty);
  const tail = kept.question === question ? kept : empty;
  const waiting = useRef<AbortController | null>(null);
  useEffect(() => () => waiting.current?.abort(), [question]);

  const head = first.data ? (pageOf(first.data) ?? null) : null;
  const pages = head ? [head, ...tail.pages] : [];
  const last = pages.at(-1);

  const more = () => {
    if (last === undefined || tail.isWaiting) return;
    const { signal } = (waiting.current = new AbortController());
    const settle = (change: Partial<Tail<Node>>) => {
      if (!signal.aborted) setKept({ ...tail, isWaiting: false, refusal: null, ...change });
    };
    setKept({ ...tail, isWaiting: true });
    ask<Data>(operation, { ...variables, after: last.pageInfo.endCursor }, signal).then(
      (data) => {
        const next = pageOf(data);
        settle({ pages: next ? [...tail.pages, next] : tail.pages });
      },
      (error: unknown) => settle({ refusal: asRefusal(error) }),
    );
  };

  return {
    page:
      last && head
        ? { ...head, pageInfo: last.pageInfo, nodes: pages.flatMap(({ nodes }) => nodes) }
        : null,
    refusal: first.refusal ?? tail.refusal,
    isWaiting: first.isWaiting || tail.isWaiting,
    retry: first.refusal ? first.retry : more,
    more,
    refresh: first.retry,
  };
}
