import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from "@apollo/client/core";
import { createPersistedQueryLink } from "@apollo/client/link/persisted-queries";
import * as api from "./generated/graphql.js";
import { noting, sent, sha256, tooMany } from "./persisted.js";
import { endpoint, headers, input, page, present, print } from "./scenario.js";

const link = createPersistedQueryLink({
  sha256,
  useGETForHashedQueries: process.argv[4] === "GET",
});
const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: link.concat(new HttpLink({ uri: endpoint, headers, fetch: noting })),
  defaultOptions: { query: { fetchPolicy: "no-cache" } },
});

const listed = await client.query({ query: api.ListTemplatesDocument, variables: page });
const created = await client.mutate({ mutation: api.CreateTemplateDocument, variables: { input } });
const rejected = await client.query({
  query: api.ListTemplatesDocument,
  variables: tooMany,
  errorPolicy: "all",
});
const again = await client.query({ query: api.ListTemplatesDocument, variables: page });
if (!CombinedGraphQLErrors.is(rejected.error)) throw new Error("no GraphQL error");

print({
  listed: present(listed.data).modelTemplates.totalCount,
  created: present(present(created.data).createModelTemplate.modelTemplate).name,
  rejected: rejected.error.errors.map(({ message, extensions }) => [message, extensions?.["code"]]),
  again: present(again.data).modelTemplates.nodes.map(({ name }) => name),
  sent,
});
