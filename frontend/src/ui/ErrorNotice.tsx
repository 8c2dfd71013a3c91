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
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
