import ReactMarkdown, { type Components } from "react-markdown";

const COMPONENTS: Components = {
  // Headings of a text are below those of the page.
  h1: ({ children }) => <h3>{children}</h3>,
  h2: ({ children }) => <h4>{children}</h4>,
  h3: ({ children }) => <h5>{children}</h5>,
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
