import { capitalize, enumLabel } from "../ui/format";
import { Select } from "../ui/Select";
import { ORDERS } from "./address";
import { useAddress } from "./AddressProvider";

export function SortOrder() {
  const { address, navigate } = useAddress();
  return (
    <Select
      label="Sort by"
      className="sort-order"
      value={address.order}
      options={ORDERS.map((order) => ({ value: order, label: orderLabel(order) }))}
      onChange={(event) => navigate({ order: event.currentTarget.value })}
    />
  );
}

/** `NAME.ASC` → `Name, A to Z`. */
function orderLabel(order: string): string {
  const [field = "", direction] = order.split(".");
  const [ascending, descending] = field.endsWith("_AT")
    ? ["oldest first", "newest first"]
    : ["A to Z", "Z to A"];
  return `${capitalize(enumLabel(field))}, ${direction === "ASC" ? ascending : descending}`;
}
