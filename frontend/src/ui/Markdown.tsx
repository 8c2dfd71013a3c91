import type { ReactNode } from "react";
import ReactMarkdown, { type Components } from "react-markdown";

function Heading({ children }: { readonly children?: ReactNode }) {
  return <h3>{children}</h3>;
}

const COMPONENTS: Components = {
  // Below the headings of the page, whatever the text begins with.
  h1: Heading,
  h2: Heading,
  h3: Heading,
  h4: Heading,
  h5: Heading,
  h6: Heading,
  a: ({ href, children }) => (
    <a href={href} rel="noreferrer noopener nofollow" target="_blank">
      {children}
    </a>
  ),
  // A page of ours loads nothing from elsewhere.
  img: ({ src, alt }) => (
    <a
      href={typeof src === "string" ? src : undefined}
      rel="noreferrer noopener nofollow"
      target="_blank"
    >
      {alt || "Image"}
    </a>
  ),
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
};

/** HTML in the text is shown as text, and addresses have one of a few harmless schemes. */
export default function Markdown({ text }: { text: string }) {
  return <ReactMarkdown components={COMPONENTS}>{text}</ReactMarkdown>;
}
