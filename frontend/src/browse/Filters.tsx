import { facets, type Choice } from "contract:catalog";
import { useEffect, useState } from "react";
import { ARCHIVED, usePlace } from "./address";
import { capital, lower, spaced } from "../ui/format";

const TYPING_MS = 250;
const ARCHIVED_WORDS = { false: "In use", true: "Withdrawn", null: "Both" } as const;

/** What the list is narrowed by; it is all in the address. */
export function Filters() {
  const { address, go } = usePlace();
  const chosen = Object.values(address.facets).flat().length + Number(address.archived !== "false");
  const clear = () => go({ facets: {}, archived: "false", search: "" });
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchBox />
      <details open={innerWidth >= 800}>
        <summary>Filters{chosen > 0 && <span className="count"> {chosen}</span>}</summary>
        {facets.map((facet) => (
          <Facet key={facet.name} {...facet} />
        ))}
        <fieldset>
          <legend>State</legend>
          {ARCHIVED.map((archived) => (
            <label key={archived} className="choice">
              <input
                type="radio"
                name="archived"
                checked={address.archived === archived}
                onChange={() => go({ archived })}
              />
              {ARCHIVED_WORDS[archived]}
            </label>
          ))}
        </fieldset>
        <button
          type="button"
          className="quiet"
          disabled={!chosen && !address.search}
          onClick={clear}
        >
          Clear all
        </button>
      </details>
    </form>
  );
}

function SearchBox() {
  const { address, go } = usePlace();
  const [text, setText] = useState(address.search);
  const [shown, setShown] = useState(address.search);
  if (shown !== address.search) {
    // Back, or a link, has changed it.
    setShown(address.search);
    setText(address.search);
  }
  useEffect(() => {
    if (text === address.search) return;
    const timer = setTimeout(() => {
      setShown(text);
      go({ search: text }, "replace");
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, address.search, go]);
  return (
    <div className="search">
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

function Facet({ name, members }: Choice) {
  const { address, go } = usePlace();
  const chosen = address.facets[name] ?? [];
  const toggle = (member: string) => {
    const next = members.filter((other) => chosen.includes(other) !== (other === member));
    go({ facets: { ...address.facets, [name]: next } });
  };
  return (
    <fieldset>
      <legend>{capital(spaced(name))}</legend>
      {members.map((member) => (
        <label key={member} className="choice">
          <input
            type="checkbox"
            checked={chosen.includes(member)}
            onChange={() => toggle(member)}
          />
          {lower(member)}
        </label>
      ))}
    </fieldset>
  );
}
