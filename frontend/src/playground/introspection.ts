/** Adapts the introspected schema to what all of GraphiQL can process. */

import type {
  IntrospectionInputTypeRef,
  IntrospectionInputValue,
  IntrospectionSchema,
  IntrospectionType,
} from "graphql";

/**
 * Makes arguments and input fields optional where their default is an object of a custom scalar
 * (`labels: StringMap! = {}`). The editor's worker prints the schema with graphql-js, which cannot
 * print such a default.
 */
export function printableSchema(schema: IntrospectionSchema): IntrospectionSchema {
  return { ...schema, types: schema.types.map(printableType) };
}

function printableType(type: IntrospectionType): IntrospectionType {
  switch (type.kind) {
    case "INPUT_OBJECT":
      return { ...type, inputFields: type.inputFields.map(printableValue) };
    case "OBJECT":
    case "INTERFACE":
      return {
        ...type,
        fields: type.fields.map((field) => ({ ...field, args: field.args.map(printableValue) })),
      };
    default:
      return type;
  }
}

function printableValue(value: IntrospectionInputValue): IntrospectionInputValue {
  const type = nullable(value.type);
  const isPrintable = !(value.defaultValue?.startsWith("{") && type.kind === "SCALAR");
  return isPrintable ? value : { ...value, type, defaultValue: null };
}

function nullable(type: IntrospectionInputTypeRef): IntrospectionInputTypeRef {
  return type.kind === "NON_NULL" ? type.ofType : type;
}
