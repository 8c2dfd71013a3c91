import { CloseButton, Group } from "@mantine/core";
import { facets } from "contract:catalog";
import { enumLabel } from "../ui/format";
import { useAddress, type AddressChange } from "./AddressProvider";

/** Every condition of the list, each with a button that removes it. */
export function ActiveFilters() {
  const { address, navigate } = useAddress();
  const chosen: { readonly name: string; readonly without: AddressChange }[] = [
    ...facets.flatMap(({ name }) => {
      const members = address.facets[name] ?? [];
      return members.map((member) => ({
        name: enumLabel(member),
        without: {
          facets: { ...address.facets, [name]: members.filter((other) => other !== member) },
        },
      }));
    }),
    ...address.labels.map((pair) => ({
      name: pair.replace("=", ": "),
      without: { labels: address.labels.filter((other) => other !== pair) },
    })),
    ...(address.account ? [{ name: address.account, without: { account: "" } }] : []),
    ...(address.archived === "false"
      ? []
      : [
          {
            name: address.archived === "true" ? "Archived" : "Archived or not",
            without: { archived: "false" as const },
          },
        ]),
  ];
  if (chosen.length === 0) return null;
  return (
    <Group component="ul" gap="xs" className="active-filters" aria-label="Conditions">
      {chosen.map(({ name, without }) => (
        <li key={name}>
          {name}
          <CloseButton
            size="sm"
            aria-label={`Remove the condition ${name}`}
            onClick={() => navigate(without)}
          />
        </li>
      ))}
    </Group>
  );
}
