/** What contract.mjs reads from schema.graphql when the pages are built. */
declare module "contract:catalog" {
  export interface SchemaField {
    readonly name: string;
    /** The name of the GraphQL type, without list and non-null. */
    readonly type: string;
    readonly description?: string;
    readonly list?: true;
    /** Present if the type is an object. */
    readonly fields?: readonly SchemaField[];
  }

  /** A field of an input whose values are enum members. */
  export interface EnumField {
    readonly name: string;
    readonly members: readonly string[];
  }

  export interface InputField {
    readonly name: string;
    readonly type: string;
    readonly isNullable: boolean;
    readonly default?: unknown;
    readonly description?: string;
    readonly list?: true;
    /** Present if the type is an enum. */
    readonly members?: readonly string[];
    /** Present if the type is an input object. */
    readonly fields?: readonly InputField[];
  }

  /** Of CreateModelTemplateInput. */
  export const createInput: readonly InputField[];
  /** The names of the fields that UpdateModelTemplateInput has. */
  export const patch: readonly string[];
  export const template: readonly SchemaField[];
  export const revision: readonly SchemaField[];
  export const plan: readonly SchemaField[];
  /** Descriptions of launchPlan's arguments, by name. */
  export const planArguments: Readonly<Record<string, string>>;
  export const autoscaling: readonly string[];
  export const facets: readonly EnumField[];
  export const orders: readonly EnumField[];
}

declare module "*.graphql" {
  const operation: string;
  export default operation;
}
