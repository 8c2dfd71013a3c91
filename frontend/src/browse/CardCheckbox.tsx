import { useContext } from "react";
import type { TemplateSummary } from "../api/types";
import { SelectionContext, useIsSelected } from "./selection";
import "../ui/Choice.css";

/** Selects a card. It follows the card's link, so that Tab reaches the first result no later. */
export function CardCheckbox({ template }: { readonly template: TemplateSummary }) {
  const selection = useContext(SelectionContext);
  const isSelected = useIsSelected(template.id);
  return (
    <label className="card-checkbox">
      <input
        type="checkbox"
        className="checkbox"
        aria-label={`Select ${template.name}`}
        checked={isSelected}
        onChange={() => (isSelected ? selection.remove([template.id]) : selection.add([template]))}
      />
    </label>
  );
}
