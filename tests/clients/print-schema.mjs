// Prints a schema with graphql-js 15, 16 and 17: from SDL, and from what the server answers to the
// introspection query of each. Shows how they differ, and what would break.
import { readFileSync } from "node:fs";

const [, , file, url, key] = process.argv;
const sdl = readFileSync(file, "utf8");
const everything = {
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
};

async function introspected(query) {
  const headers = { "content-type": "application/json", "x-api-key": key };
  const body = JSON.stringify({ query });
  const answer = await (await fetch(url, { method: "POST", headers, body })).json();
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data;
}

const results = {};
for (const name of ["graphql15", "graphql", "graphql17"]) {
  const js = await import(name);
  const specifiedByUrl = name !== "graphql15"; // It uses the name of a draft.
  const query = js.getIntrospectionQuery({ ...everything, specifiedByUrl });
  const [schema, asked] = [js.buildSchema(sdl), js.buildClientSchema(await introspected(query))];
  results[js.version.split(".")[0]] = {
    file: js.printSchema(schema),
    server: js.printSchema(asked),
    again: js.printSchema(js.buildSchema(js.printSchema(asked))),
    breaking: js.findBreakingChanges(schema, asked),
    dangerous: js.findDangerousChanges(schema, asked),
  };
}
console.log(JSON.stringify(results));
