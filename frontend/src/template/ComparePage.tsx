import { Button, Group, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useState } from "react";
import getTemplate from "../api/operations/get-template.graphql";
import listTemplates from "../api/operations/list-templates.graphql";
import { useOperation } from "../api/queries";
import type { Connection, Template, TemplateSummary } from "../api/types";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { EmptyState } from "../ui/EmptyState";
import { ErrorNotice } from "../ui/ErrorNotice";
import { useHeadingFocus } from "../ui/headingFocus";
import { ChangeList } from "./ChangeList";
import { comparable } from "./comparable";

interface Answer {
  readonly modelTemplate: Template | null;
}

/** The differences between two templates. */
export function ComparePage({ id }: { readonly id: string }) {
  const { address } = useAddress();
  const heading = useHeadingFocus();
  const one = useOperation<Answer>(getTemplate, { id }, { keepsPrevious: false });
  const two = useOperation<Answer>(
    getTemplate,
    { id: address.other },
    { isEnabled: address.other !== "", keepsPrevious: false },
  );
  const [left, right] = [one.data?.modelTemplate, two.data?.modelTemplate];
  useEffect(() => {
    document.title = "Compare · Model Templates";
    scrollTo(0, 0);
  }, []);
  return (
    <main className="page" id="main" aria-busy={one.isFetching || two.isFetching}>
      <CatalogLink to={{ page: "", other: "" }} className="back-link">
        ← {left?.name ?? "Template"}
      </CatalogLink>
      <h1 className="edit-title" {...heading}>
        {left ? `Compare ${left.name}${right ? ` with ${right.name}` : ""}` : "Compare templates"}
      </h1>
      {one.error && <ErrorNotice error={one.error} onRetry={() => void one.refetch()} />}
      {two.error && <ErrorNotice error={two.error} onRetry={() => void two.refetch()} />}
      {(left === null || right === null) && (
        <EmptyState title="Template not found">
          It does not exist, or this API key cannot read it.
        </EmptyState>
      )}
      <div className="stack">
        {left && <OtherTemplate except={left.id} />}
        {left && right && (
          <section className="card" aria-label="Differences">
            <Group justify="space-between">
              <h2>Differences</h2>
              <Button
                component={CatalogLink}
                variant="default"
                size="compact-sm"
                to={{ id: right.id, other: left.id }}
              >
                Swap
              </Button>
            </Group>
            <ChangeList before={comparable(left)} after={comparable(right)} />
          </section>
        )}
      </div>
    </main>
  );
}

const TYPING_MS = 250;

/** A search for the template to compare with. */
function OtherTemplate({ except }: { readonly except: string }) {
  const { address, navigate } = useAddress();
  const [text, setText] = useState("");
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const { data } = useOperation<{ readonly modelTemplates: Connection<TemplateSummary> }>(
    listTemplates,
    { filter: { archived: null, ...(settled.trim() && { search: settled }) } },
  );
  const found = (data?.modelTemplates.nodes ?? []).filter(({ id }) => id !== except).slice(0, 8);
  return (
    <section className="card" aria-label="Compare with">
      <TextInput
        type="search"
        label="Compare with"
        placeholder="Name, image, label …"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group component="ul" gap="xs" mt="sm" className="choices" aria-label="Templates">
        {found.map(({ id, name }) => (
          <li key={id}>
            <Button
              variant={id === address.other ? "filled" : "default"}
              size="compact-sm"
              aria-pressed={id === address.other}
              onClick={() => navigate({ other: id })}
            >
              {name}
            </Button>
          </li>
        ))}
      </Group>
    </section>
  );
}
