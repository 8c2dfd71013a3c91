/** What frontend/contract.mjs makes of schema.graphql. */
declare module "contract:catalog" {
  export interface Shape {
    readonly name: string;
    /** The GraphQL type's name, without list and non-null. */
    readonly type: string;
    readonly description?: string;
    readonly list?: true;
    /** Of an object type. */
    readonly fields?: readonly Shape[];
  }

  export interface Choice {
    readonly name: string;
    readonly members: readonly string[];
  }

  export const template: readonly Shape[];
  export const revision: readonly Shape[];
  export const plan: readonly Shape[];
  /** Descriptions of launchPlan's arguments, by name. */
  export const planArguments: Readonly<Record<string, string>>;
  export const autoscaling: readonly string[];
  export const facets: readonly Choice[];
  export const orders: readonly Choice[];
}

declare module "*.graphql" {
  const operation: string;
  export default operation;
}
