// What both clients do: write, read, plan and change one template, and print every answer.
import type { CreateModelTemplateInput } from "./generated/graphql.js";

const [, , url, key] = process.argv;
if (!url || !key) throw new Error("usage: URL KEY");

export const endpoint: string = url;
export const headers: Record<string, string> = { "x-api-key": key };

export const input: CreateModelTemplateInput = {
  accountId: "a1",
  name: "embedder",
  endpointType: "ASYNC",
  modelType: "EMBEDDING",
  labels: { team: "search" },
  vendorConfiguration: {
    bundleConfig: {
      registry: "docker.io",
      image: "acme/embedder",
      tag: "1.0.0",
      command: ["python", "-m", "serve"],
      env: { RUST_LOG: "info" },
    },
    endpointConfig: { gpus: 1, gpuType: "NVIDIA_AMPERE_A10" },
  },
  modelCreationParametersSchema: {
    parameters: [{ name: "MODEL_PATH", type: "STR", description: "Weights.", required: true }],
  },
};

export const page = { first: 1, filter: { labels: { team: "search" } } };

export const planFor = (id: string) => ({
  id,
  name: "search-embedder",
  parameters: { MODEL_PATH: "s3://models/embedder" },
  labels: { team: "search", product: "semantic-search" },
});

export const changeOf = (id: string, expectedRevision: number) => ({
  input: { id, expectedRevision, labels: { team: "ranking" } },
});

export function present<T>(value: T | null | undefined): T {
  if (value == null) throw new Error("nothing there");
  return value;
}

// A client with a cache may add __typename; everything else must be what the server said.
export const print = (answers: unknown): void =>
  console.log(JSON.stringify(answers, (name, value) => (name === "__typename" ? undefined : value)));
