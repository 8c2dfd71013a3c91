// Creates a template, lists all templates page by page, and previews a launch.
import { randomUUID } from "node:crypto";
import { ask } from "./client.js";
import { CreateDocument, ListDocument, PlanDocument } from "./generated/graphql.js";

const { createModelTemplate } = await ask(CreateDocument, {
  input: {
    accountId: process.env["ACCOUNT"] ?? "demo",
    // Attempts with the same requestId create one template.
    requestId: randomUUID(),
    name: "page-reader",
    endpointType: "ASYNC",
    modelType: "GENERIC",
    labels: { team: "documents" },
    vendorConfiguration: {
      bundleConfig: {
        registry: "docker.io",
        image: "acme/page-reader",
        tag: process.env["TAG"] ?? "1.0.0",
        command: ["python", "-m", "serve"],
      },
    },
  },
});
// Violations of the input are data, each with the path of its field, so that a form can show them.
for (const { path, message } of createModelTemplate.errors)
  console.log(`${path.join(".")}: ${message}`);

let after: string | null | undefined;
do {
  const { modelTemplates } = await ask(ListDocument, { after });
  for (const { name } of modelTemplates.nodes) console.log("-", name);
  after = modelTemplates.pageInfo.hasNextPage ? modelTemplates.pageInfo.endCursor : null;
} while (after);

const template = createModelTemplate.modelTemplate;
if (template) {
  const labels = { team: "documents", product: "archive" };
  const { modelTemplate } = await ask(PlanDocument, { id: template.id, labels });
  console.log(modelTemplate?.launchPlan.createModelEndpointRequest);
}
