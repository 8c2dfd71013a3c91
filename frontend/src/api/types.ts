/** The parts of the API's answers that the catalog names. The rest is shown by its shape. */

import type { Value } from "./json";

export type Fields = Readonly<Record<string, unknown>>;

export interface UserError {
  readonly message: string;
  readonly path: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly type: "STR" | "INT" | "FLOAT" | "BOOL";
  readonly description: string;
  readonly required: boolean;
  readonly default: Value;
  readonly enum: readonly Value[] | null;
}

export interface Spec extends Fields {
  readonly name: string;
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly modelType: string;
  readonly endpointType: string;
  readonly endpointProtocol: string | null;
  readonly revision: number;
  readonly updatedAt: string;
  readonly updatedByUserId: string;
  readonly warnings: readonly UserError[];
  readonly vendorConfiguration: {
    readonly bundleConfig: { readonly imageReference: string };
    readonly endpointConfig: Fields & { readonly gpus: number; readonly gpuType: string | null };
  };
  readonly modelCreationParametersSchema: { readonly parameters: readonly Parameter[] } | null;
}

export interface Template extends Spec {
  readonly id: string;
  readonly archivedAt: string | null;
}

export type Listed = Pick<
  Template,
  | "id"
  | "name"
  | "description"
  | "labels"
  | "modelType"
  | "endpointType"
  | "endpointProtocol"
  | "vendorConfiguration"
  | "warnings"
  | "updatedAt"
  | "archivedAt"
>;

export interface Page<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
}

export interface Plan extends Fields {
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
}
