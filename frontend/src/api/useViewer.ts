import getViewer from "./operations/get-viewer.graphql";
import { useOperation } from "./queries";

export interface Access {
  readonly accountId: string;
  readonly canWrite: boolean;
}

interface Viewer {
  readonly viewer: { readonly identityId: string; readonly accounts: readonly Access[] };
}

const NONE: readonly Access[] = [];

/** The accounts of the key. Until they are known, it may do nothing. */
export function useViewer() {
  const { data, isPending } = useOperation<Viewer>(getViewer, {});
  const accounts = data?.viewer.accounts ?? NONE;
  const writable = accounts.filter(({ canWrite }) => canWrite).map(({ accountId }) => accountId);
  return {
    isPending,
    accounts,
    writable,
    canWrite: (accountId: string) => writable.includes(accountId),
  };
}
