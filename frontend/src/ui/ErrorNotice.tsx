import type { Refusal } from "../api/server";

interface Props {
  readonly refusal: Refusal;
  readonly onRetry: () => void;
}

/** What went wrong, and what can be done about it. */
export function Trouble({ refusal, onRetry }: Props) {
  return (
    <div className="trouble" role="alert">
      <p>{refusal.message}</p>
      {refusal.isRetryable && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
