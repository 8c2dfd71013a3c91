import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client/core";
import * as api from "./generated/graphql.js";
import { changeOf, endpoint, headers, input, page, planFor, present, print } from "./scenario.js";

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: new HttpLink({ uri: endpoint, headers }),
});

const created = present(
  (await client.mutate({ mutation: api.CreateTemplateDocument, variables: { input } })).data,
).createModelTemplate;
const { id, revision } = present(created.modelTemplate);
const listed = await client.query({ query: api.ListTemplatesDocument, variables: page });
const planned = await client.query({ query: api.PlanLaunchDocument, variables: planFor(id) });
const change = { mutation: api.UpdateTemplateDocument, variables: changeOf(id, revision) };
const changed = await client.mutate(change);
const stale = await client.mutate(change);

print({
  created,
  listed: present(listed.data).modelTemplates,
  planned: present(planned.data).modelTemplate,
  changed: present(changed.data).updateModelTemplate,
  stale: present(stale.data).updateModelTemplate,
});
