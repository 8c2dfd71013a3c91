// The answer about the schema, in a form that all of GraphiQL can work with.

// graphql-js cannot print a default that is an object of a custom scalar (`labels: StringMap! = {}`),
// which the editor's worker has to: without its default, such a value is one that may be left out.
export function printable(schema) {
  const mended = (values) => values?.map((value) => (isPrintable(value) ? value : optional(value)));
  const types = schema.types.map((type) => ({
    ...type,
    inputFields: mended(type.inputFields) ?? null,
    fields: type.fields?.map((field) => ({ ...field, args: mended(field.args) })) ?? null,
  }));
  return { ...schema, types };
}

function isPrintable({ type, defaultValue }) {
  return !(defaultValue?.startsWith("{") && nullable(type).kind === "SCALAR");
}

function optional(value) {
  return { ...value, type: nullable(value.type), defaultValue: null };
}

function nullable(type) {
  return type.kind === "NON_NULL" ? type.ofType : type;
}
