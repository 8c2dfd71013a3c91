import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";
import * as api from "./generated/graphql.js";
import { noting, sent, sha256, tooMany } from "./persisted.js";
import { endpoint, headers, input, page, present, print } from "./scenario.js";

const client = new Client({
  url: endpoint,
  exchanges: [
    persistedExchange({
      preferGetForPersistedQueries: process.argv[4] === "GET",
      enableForMutation: true,
      generateHash: async (query) => sha256(query),
    }),
    fetchExchange,
  ],
  preferGetMethod: false,
  fetch: noting,
  fetchOptions: { headers },
});

const listed = await client.query(api.ListTemplatesDocument, page).toPromise();
const created = await client.mutation(api.CreateTemplateDocument, { input }).toPromise();
const rejected = await client.query(api.ListTemplatesDocument, tooMany).toPromise();
const again = await client.query(api.ListTemplatesDocument, page).toPromise();

print({
  listed: present(listed.data).modelTemplates.totalCount,
  created: present(present(created.data).createModelTemplate.modelTemplate).name,
  rejected: present(rejected.error).graphQLErrors.map(({ message, extensions }) => [
    message,
    extensions["code"],
  ]),
  again: present(again.data).modelTemplates.nodes.map(({ name }) => name),
  sent,
});
