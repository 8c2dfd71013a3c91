import { capitalize, enumLabel } from "../ui/format";
import { ORDERS } from "./address";
import { useAddress } from "./AddressProvider";
import "./SortOrder.css";

export function SortOrder() {
  const { address, navigate } = useAddress();
  return (
    <label className="sort-order">
      Sort by
      <select value={address.order} onChange={(event) => navigate({ order: event.target.value })}>
        {ORDERS.map((order) => (
          <option key={order} value={order}>
            {orderLabel(order)}
          </option>
        ))}
      </select>
    </label>
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
