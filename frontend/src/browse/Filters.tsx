import { Button } from "@mantine/core";
import { facets, type EnumField } from "contract:catalog";
import { Choice } from "../ui/Choice";
import { capitalize, enumLabel, humanize } from "../ui/format";
import { useViewer } from "../api/useViewer";
import { Select } from "../ui/Select";
import { ARCHIVED, UNFILTERED } from "./address";
import { useAddress } from "./AddressProvider";
import { FacetChoice, formatCount } from "./FacetChoice";
import { LabelFacet } from "./LabelFacet";
import { SearchBox } from "./SearchBox";
import { useBeginning } from "./useBeginning";
import { useFacets, type Count } from "./useFacets";
import "./Filters.css";

const ARCHIVED_LABELS = { false: "Active", true: "Archived", null: "All" } as const;
/** On screens this narrow the filters start closed, because they stand above the list. */
const NARROW_PX = 800;

export function Filters() {
  const { address, navigate } = useAddress();
  const { search, archived, account, labels, facets: selected } = address;
  const count =
    Object.values(selected).flat().length +
    labels.length +
    Number(archived !== "false") +
    Number(account !== "");
  const isBeginning = useBeginning();
  return (
    <form className="filters" role="search" onSubmit={(event) => event.preventDefault()}>
      <SearchBox />
      <details open={innerWidth > NARROW_PX}>
        <summary>Filters{count > 0 && <span className="count"> {count}</span>}</summary>
        <Button
          className="clear"
          variant="subtle"
          size="compact-sm"
          disabled={!count && !search}
          onClick={() => navigate(UNFILTERED)}
        >
          Clear all
        </Button>
        {!isBeginning && <Choices />}
      </details>
    </form>
  );
}

/** The filters beside the search, of which there are dozens: the first cards come before them. */
function Choices() {
  const { address, navigate } = useAddress();
  const { accounts } = useViewer();
  const { archived, account } = address;
  const { countOf, labels, isError, isOutdated } = useFacets(address);
  return (
    <div data-outdated={isOutdated || undefined}>
      {accounts.length > 1 && (
        <Select
          className="account"
          label="Account"
          value={account}
          options={[
            { value: "", label: "All accounts" },
            ...accounts.map(({ accountId }) => {
              const found = countOf("accountId", accountId);
              const number = found && ` (${formatCount(found)})`;
              return { value: accountId, label: accountId + (number ?? "") };
            }),
          ]}
          onChange={(event) => navigate({ account: event.currentTarget.value })}
        />
      )}
      {facets.map((facet) => (
        <Facet key={facet.name} {...facet} countOf={(value) => countOf(facet.name, value)} />
      ))}
      <fieldset>
        <legend>Status</legend>
        {ARCHIVED.map((choice) => (
          <Choice
            key={choice}
            type="radio"
            name="archived"
            value={choice}
            checked={archived === choice}
            onChange={() => navigate({ archived: choice })}
          >
            {ARCHIVED_LABELS[choice]}
          </Choice>
        ))}
      </fieldset>
      <LabelFacet labels={labels} />
      {isError && <p className="muted">The numbers of templates could not be loaded.</p>}
    </div>
  );
}

interface FacetProps extends EnumField {
  readonly countOf: (value: string) => Count | null;
}

function Facet({ name, members, countOf }: FacetProps) {
  const { address, navigate } = useAddress();
  const selected = address.facets[name] ?? [];
  const toggle = (member: string) => {
    const next = members.filter((other) => selected.includes(other) !== (other === member));
    navigate({ facets: { ...address.facets, [name]: next } });
  };
  return (
    <fieldset>
      <legend>{capitalize(humanize(name))}</legend>
      {members.map((member) => (
        <FacetChoice
          key={member}
          label={enumLabel(member)}
          count={countOf(member)}
          isChosen={selected.includes(member)}
          onToggle={() => toggle(member)}
        />
      ))}
    </fieldset>
  );
}
