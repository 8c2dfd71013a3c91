/**
 * The parts of the API's answers that the catalog refers to by name. Everything else is shown from
 * the schema (contract:catalog).
 */

import type { Value } from "./json";

/** Any object of the API; its fields are described by the schema. */
export type Fields = Readonly<Record<string, unknown>>;

export interface UserError {
  /** A member of UserErrorCode; absent if the page itself found the error. */
  readonly code?: string;
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
  readonly secret: boolean;
  readonly title: string | null;
  readonly advanced: boolean;
}

/** What a template and its revisions have in common (ModelTemplateSpec). */
export interface TemplateSpec extends Fields {
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
    readonly endpointConfig: Fields & {
      readonly cpus: number;
      readonly memory: string;
      readonly gpus: number;
      readonly gpuType: string | null;
      readonly minWorkers: number;
      readonly maxWorkers: number;
    };
  };
  readonly modelCreationParametersSchema: { readonly parameters: readonly Parameter[] } | null;
}

export interface Template extends TemplateSpec {
  readonly id: string;
  readonly accountId: string;
  readonly archivedAt: string | null;
}

/** The fields that the list asks for. */
export type TemplateSummary = Pick<
  Template,
  | "id"
  | "accountId"
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

export interface Connection<Node> {
  readonly nodes: readonly Node[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly totalCount: number;
  /** Of revisions only: the one with which the kept history begins. */
  readonly oldestRevision?: number;
}

/** Numbers of templates, as the operation Facets asks for them. */
export interface Facets {
  readonly fields: readonly {
    readonly field: string;
    readonly values: readonly { readonly value: string; readonly count: number }[];
    readonly isComplete: boolean;
  }[];
  readonly labels: {
    readonly values: readonly {
      readonly name: string;
      readonly value: string;
      readonly count: number;
    }[];
    readonly isComplete: boolean;
  };
}

export interface LaunchPlan extends Fields {
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
}
