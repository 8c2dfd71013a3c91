import { Button } from "@mantine/core";
import type { RequestError } from "../api/server";
import "./ErrorNotice.css";

interface Props {
  readonly error: RequestError;
  readonly onRetry: () => void;
}

/** Why a request failed, with a button to try again where that can help. */
export function ErrorNotice({ error, onRetry }: Props) {
  return (
    <div className="error-notice" role="alert">
      <p>{error.message}</p>
      {error.isRetryable && (
        <Button variant="default" size="compact-sm" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}
