import { useEffect, useState } from "react";
import { useAddress } from "./AddressProvider";
import "./SearchBox.css";

const TYPING_MS = 250;

/** Searches once typing pauses. Searches replace each other in the browser's history. */
export function SearchBox() {
  const { address, navigate } = useAddress();
  const [text, setText] = useState(address.search);
  const [applied, setApplied] = useState(address.search);
  if (applied !== address.search) {
    // Changed from outside: by Back, a link or "Clear all".
    setApplied(address.search);
    setText(address.search);
  }
  useEffect(() => {
    if (text === address.search) return;
    const timer = setTimeout(() => {
      setApplied(text);
      navigate({ search: text }, "replace");
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, address.search, navigate]);
  return (
    <div className="search-box">
      <label htmlFor="search">Search</label>
      <input
        id="search"
        type="search"
        value={text}
        placeholder="Name, image, label …"
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  );
}
