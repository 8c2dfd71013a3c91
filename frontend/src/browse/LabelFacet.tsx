import { Button } from "@mantine/core";
import { useState } from "react";
import { labelEntries, labelPair, withLabel } from "./address";
import { useAddress } from "./AddressProvider";
import { FacetChoice } from "./FacetChoice";
import type { LabelCount } from "./useFacets";

/** How many labels are shown at first. */
const FEW = 8;

/** The labels of the list, the most common ones first. */
export function LabelFacet({ labels }: { labels: readonly LabelCount[] }) {
  const { address, navigate } = useAddress();
  const [showsAll, setShowsAll] = useState(false);
  const counts = new Map(labels.map((label) => [labelPair(label.name, label.value), label]));
  const chosen = address.labels;
  const pairs = [...new Set([...chosen, ...counts.keys()])];
  if (pairs.length === 0) return null;
  const shown = showsAll ? pairs : pairs.slice(0, Math.max(FEW, chosen.length));
  const toggle = (pair: string) =>
    navigate({
      labels: chosen.includes(pair)
        ? chosen.filter((other) => other !== pair)
        : withLabel(chosen, pair),
    });
  return (
    <fieldset>
      <legend>Labels</legend>
      {shown.map((pair) => (
        <FacetChoice
          key={pair}
          label={labelEntries([pair])[0]?.join(": ") ?? pair}
          count={counts.get(pair) ?? null}
          isChosen={chosen.includes(pair)}
          onToggle={() => toggle(pair)}
        />
      ))}
      {(pairs.length > FEW || showsAll) && (
        <Button
          variant="subtle"
          size="compact-sm"
          aria-expanded={showsAll}
          onClick={() => setShowsAll(!showsAll)}
        >
          {showsAll ? "Show fewer labels" : `Show ${pairs.length - shown.length} more labels`}
        </Button>
      )}
    </fieldset>
  );
}
