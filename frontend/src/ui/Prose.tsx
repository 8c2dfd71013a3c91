import { lazy, Suspense } from "react";
import "./Prose.css";

/** The renderer is loaded when there is a text to render. */
const Markdown = lazy(() => import("./Markdown"));

/** A text in Markdown. Until the renderer is loaded, it is shown as it is written. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      <Suspense fallback={<p className="unrendered">{text}</p>}>
        <Markdown text={text} />
      </Suspense>
    </div>
  );
}
