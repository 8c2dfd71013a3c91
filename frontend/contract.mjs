/**
 * Gives the catalog the fields, enum members and descriptions of schema.graphql at build time, so
 * that none of them is written a second time. They are imported as "contract:catalog". Each of them
 * is a module of its own behind that one, so that a page loads only what it uses.
 *
 * The catalog's operations are imported as text. In them, `...XFields` stands for every field of
 * the type X that takes no argument. The build fails if an operation does not match the schema.
 */

import { readFile } from "node:fs/promises";
import {
  buildSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
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
      build.onResolve({ filter: /^contract:/ }, ({ path }) => ({
        path: path.slice(`${namespace}:`.length),
        namespace,
        sideEffects: false,
      }));
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
        const parts = catalogContract(await read());
        const watchFiles = [schemaFile];
        if (path in parts) {
          return { contents: JSON.stringify(parts[path]), loader: "json", watchFiles };
        }
        const contents = Object.keys(parts).map(
          (name) => `export { default as ${name} } from "${namespace}:${name}";`,
        );
        return { contents: contents.join("\n"), loader: "js", watchFiles };
      });
      build.onLoad({ filter: /[\\/]api[\\/]operations[\\/].*\.graphql$/ }, async ({ path }) => ({
        ...operation(await read(), await readFile(path, "utf8")),
        loader: "text",
        watchFiles: [schemaFile],
      }));
    },
  };
}

function operation(schema, text) {
  const document = parse(text.replace(ALL_FIELDS, (_, name) => selectionOf(schema.getType(name))));
  const errors = validate(schema, document).map(({ message }) => ({ text: message }));
  return { contents: print(document), errors };
}

/** A selection of every field that takes no argument, at all depths. */
function selectionOf(type) {
  return fieldsWithoutArguments(type)
    .map(({ name, type: fieldType }) => {
      const named = getNamedType(fieldType);
      return isObjectType(named) ? `${name} { ${selectionOf(named)} }` : name;
    })
    .join(" ");
}

function fieldsWithoutArguments(type) {
  return Object.values(type.getFields()).filter(({ args }) => args.length === 0);
}

function catalogContract(schema) {
  const inputs = (name) => Object.values(schema.getType(name).getFields());
  const { args } = schema.getType("ModelTemplate").getFields().launchPlan;
  return {
    template: schemaFields(schema.getType("ModelTemplate")),
    revision: schemaFields(schema.getType("ModelTemplateSpec")),
    createInput: inputFields(schema, schema.getType("CreateModelTemplateInput")),
    patch: inputFields(schema, schema.getType("UpdateModelTemplateInput")).map(({ name }) => name),
    plan: schemaFields(schema.getType("LaunchPlan")),
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

/**
 * The fields of an input, at all depths, with their defaults. Where null means a default that only
 * the server knows, because answers never have null, the default is null.
 */
function inputFields(schema, type) {
  const answered = schema.getType(type.name.replace(/^Create|Input$/g, ""))?.getFields() ?? {};
  return Object.values(type.getFields()).map((field) => {
    const named = getNamedType(field.type);
    const outer = isNonNullType(field.type) ? field.type.ofType : field.type;
    const isOptional = !isNonNullType(field.type);
    const isFilledIn = isOptional && isNonNullType(answered[field.name]?.type);
    const value = isFilledIn ? (field.defaultValue ?? null) : field.defaultValue;
    return {
      name: field.name,
      type: named.name,
      isNullable: isOptional && !isFilledIn,
      ...(value !== undefined && { default: value }),
      ...(field.description && { description: field.description }),
      ...(isListType(outer) && { list: true }),
      ...(isEnumType(named) && { members: members(named) }),
      ...(isInputObjectType(named) && { fields: inputFields(schema, named) }),
    };
  });
}

function members(type) {
  return type.getValues().map(({ name }) => name);
}

function schemaFields(type) {
  return fieldsWithoutArguments(type).map((field) => {
    const named = getNamedType(field.type);
    const outer = isNonNullType(field.type) ? field.type.ofType : field.type;
    return {
      name: field.name,
      type: named.name,
      ...(field.description && { description: field.description }),
      ...(isListType(outer) && { list: true }),
      ...(isObjectType(named) && { fields: schemaFields(named) }),
    };
  });
}
