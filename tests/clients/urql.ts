import { cacheExchange, Client, fetchExchange } from "@urql/core";
import * as api from "./generated/graphql.js";
import { changeOf, endpoint, headers, input, page, planFor, present, print } from "./scenario.js";

const client = new Client({
  url: endpoint,
  exchanges: [cacheExchange, fetchExchange],
  fetchOptions: { headers },
});

const created = present(
  (await client.mutation(api.CreateTemplateDocument, { input }).toPromise()).data,
).createModelTemplate;
const { id, revision } = present(created.modelTemplate);
const listed = await client.query(api.ListTemplatesDocument, page).toPromise();
const planned = await client.query(api.PlanLaunchDocument, planFor(id)).toPromise();
const changed = await client
  .mutation(api.UpdateTemplateDocument, changeOf(id, revision))
  .toPromise();
const stale = await client.mutation(api.UpdateTemplateDocument, changeOf(id, revision)).toPromise();

print({
  created,
  listed: present(listed.data).modelTemplates,
  planned: present(planned.data).modelTemplate,
  changed: present(changed.data).updateModelTemplate,
  stale: present(stale.data).updateModelTemplate,
});
