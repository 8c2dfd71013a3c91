/**
 * What the catalog knows of the API, read from schema.graphql when it is built: no field, enum
 * member or description is written a second time. Import it as "contract:catalog".
 *
 * Operations are imported as text, in which `...XFields` stands for every field of the type X that
 * takes no argument. An operation that does not fit the schema does not build.
 */

import { readFile } from "node:fs/promises";
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  print,
  validate,
} from "graphql";

const ALL_FIELDS = /\.\.\.(\w+)Fields\b/g;

/** An esbuild plugin. */
export function contract(schemaFile) {
  const read = async () => buildSchema(await readFile(schemaFile, "utf8"));
  return {
    name: "contract",
    setup(build) {
      const namespace = "contract";
      build.onResolve({ filter: /^contract:catalog$/ }, ({ path }) => ({ path, namespace }));
      build.onLoad({ filter: /.*/, namespace }, async () => ({
        contents: JSON.stringify(described(await read())),
        loader: "json",
        watchFiles: [schemaFile],
      }));
      build.onLoad({ filter: /[\\/]api[\\/]operations[\\/].*\.graphql$/ }, async ({ path }) => ({
        ...operation(await read(), await readFile(path, "utf8")),
        loader: "text",
        watchFiles: [schemaFile],
      }));
    },
  };
}

function operation(schema, text) {
  const document = parse(text.replace(ALL_FIELDS, (_, name) => fields(schema.getType(name))));
  const errors = validate(schema, document).map(({ message }) => ({ text: message }));
  return { contents: print(document), errors };
}

/** The selection of everything that a type says without being asked a question. */
function fields(type) {
  return plain(type)
    .map(({ name, type: fieldType }) => {
      const named = getNamedType(fieldType);
      return isObjectType(named) ? `${name} { ${fields(named)} }` : name;
    })
    .join(" ");
}

function plain(type) {
  return Object.values(type.getFields()).filter(({ args }) => args.length === 0);
}

function described(schema) {
  const inputs = (name) => Object.values(schema.getType(name).getFields());
  const { args } = schema.getType("ModelTemplate").getFields().launchPlan;
  return {
    template: shapes(schema.getType("ModelTemplate")),
    revision: shapes(schema.getType("ModelTemplateSpec")),
    plan: shapes(schema.getType("LaunchPlan")),
    planArguments: Object.fromEntries(args.map(({ name, description }) => [name, description])),
    autoscaling: inputs("LaunchAutoscalingInput").map(({ name }) => name),
    facets: inputs("ModelTemplateFilter")
      .filter(({ type }) => isListType(type) && isEnumType(getNamedType(type)))
      .map(({ name, type }) => ({ name, members: members(getNamedType(type)) })),
    orders: inputs("ModelTemplateOrder").map(({ name, type }) => ({
      name,
      members: members(getNamedType(type)),
    })),
  };
}

function members(type) {
  return type.getValues().map(({ name }) => name);
}

function shapes(type) {
  return plain(type).map((field) => {
    const named = getNamedType(field.type);
    const outer = isNonNullType(field.type) ? field.type.ofType : field.type;
    return {
      name: field.name,
      type: named.name,
      ...(field.description && { description: field.description }),
      ...(isListType(outer) && { list: true }),
      ...(isObjectType(named) && { fields: shapes(named) }),
    };
  });
}
