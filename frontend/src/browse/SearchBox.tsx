import { Input } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { Icon } from "../ui/icons";
import { useAddress } from "./AddressProvider";

const TYPING_MS = 250;

/** Searches once typing pauses. Searches replace each other in the browser's history. */
export function SearchBox() {
  const { address, navigate } = useAddress();
  const [text, setText] = useState(address.search);
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
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
    <>
      <Input.Label htmlFor="search">Search</Input.Label>
      <Input
        ref={input}
        id="search"
        type="search"
        value={text}
        placeholder="Name, image, label …"
        leftSection={<Icon name="search" />}
        onChange={(event) => setText(event.currentTarget.value)}
      />
    </>
  );
}
