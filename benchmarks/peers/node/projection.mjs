// MongoDB's projection for the selection of a field.
import { getNamedType } from 'graphql';

const STORED_AS_MAP = new Set(['EnvVar']);

const stored = (name) =>
  name === 'id' ? '_id' : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

// The projection of the paths that are selected, directives ignored; undefined for whole documents.
export function projection({ fieldNodes, fragments, returnType }) {
  const selected = pathsOf(getNamedType(returnType), fieldNodes, fragments);
  return selected === null ? undefined : Object.fromEntries(selected.map((path) => [path, 1]));
}

// The stored paths below some fields of one type; null if everything is selected.
function pathsOf(type, fieldNodes, fragments) {
  const fields = type.getFields();
  const nodesByName = new Map();
  collect(fieldNodes);

  function collect(nodes) {
    for (const selection of nodes.flatMap((node) => node.selectionSet.selections)) {
      if (selection.kind === 'FragmentSpread') collect([fragments[selection.name.value]]);
      else if (selection.kind === 'InlineFragment') collect([selection]);
      else if (selection.name.value in fields) {
        const name = selection.name.value;
        nodesByName.set(name, [...(nodesByName.get(name) ?? []), selection]);
      }
    }
  }

  let isWhole = nodesByName.size === Object.keys(fields).length;
  const paths = [];
  for (const [name, nodes] of nodesByName) {
    const fieldType = getNamedType(fields[name].type);
    const isLeaf = nodes[0].selectionSet === undefined || STORED_AS_MAP.has(fieldType.name);
    const below = isLeaf ? null : pathsOf(fieldType, nodes, fragments);
    isWhole &&= below === null;
    if (below === null) paths.push(stored(name));
    else paths.push(...below.map((path) => `${stored(name)}.${path}`));
  }
  return isWhole ? null : paths;
}
