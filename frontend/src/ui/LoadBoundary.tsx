import { Component, Suspense, type ReactNode } from "react";
import { RequestError } from "../api/server";
import { ErrorNotice } from "./ErrorNotice";

interface Props {
  readonly children: ReactNode;
}

/** Shows parts of the page that are loaded when they are needed, or that they cannot be loaded. */
export class LoadBoundary extends Component<Props, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override render() {
    if (this.state.hasFailed) {
      return (
        <main className="page" id="main">
          <ErrorNotice
            error={new RequestError("This part of the page could not be loaded.", true)}
            onRetry={() => location.reload()}
          />
        </main>
      );
    }
    return (
      <Suspense fallback={<main className="page" id="main" aria-busy />}>
        {this.props.children}
      </Suspense>
    );
  }
}
