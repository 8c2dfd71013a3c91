import { useEffect, useState, type ComponentType } from "react";
import "./Prose.css";

type Renderer = ComponentType<{ text: string }>;

/** Loaded when there is a text to render. */
let renderer: Renderer | null = null;

/** A text in Markdown. Until the renderer is loaded, it is shown as it is written. */
export function Prose({ text }: { text: string }) {
  const [Markdown, setMarkdown] = useState<Renderer | null>(() => renderer);
  useEffect(() => {
    if (Markdown !== null) return undefined;
    let timer = 0;
    const load = () =>
      import("./Markdown").then(
        (loaded) => {
          renderer = loaded.default;
          setMarkdown(() => renderer);
        },
        () => undefined, // It can be read without.
      );
    // After the text is painted, which need not wait for it.
    const frame = requestAnimationFrame(() => (timer = window.setTimeout(load)));
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [Markdown]);
  return (
    <div className="prose">
      {Markdown ? <Markdown text={text} /> : <p className="unrendered">{text}</p>}
    </div>
  );
}
