// Mercurius with fewer and smaller reads: those by id that wait together share one query, and only
// the fields that an operation selects are read.
import DataLoader from 'dataloader';
import { projection } from './projection.mjs';
import { resolvers, typeDefs } from './schema.mjs';
import { serve } from './serve_mercurius.mjs';
import { newestFirst, ofAccount, templates } from './templates.mjs';

// Loaders are shared by all requests, which have one read each, and keep nothing. Waiting until the
// event loop has handled the sockets that are ready makes batches as large as the load allows.
const newLoader = (options) =>
  new DataLoader(
    async (ids) => {
      const found = await templates.find({ _id: { $in: ids } }, options).toArray();
      const byId = new Map(found.map((template) => [template._id, template]));
      return ids.map((id) => byId.get(id) ?? null);
    },
    { cache: false, batchScheduleFn: (callback) => setImmediate(callback) },
  );

const reads = new WeakMap();

// The loader and the options of queries for one field of an operation. The parsed operation is
// cached by Mercurius, so each is made once.
function readOf(info) {
  const [node] = info.fieldNodes;
  let read = reads.get(node);
  if (read === undefined) {
    const options = { projection: projection(info) };
    read = { options, loader: newLoader(options) };
    reads.set(node, read);
  }
  return read;
}

await serve(typeDefs, {
  ...resolvers,
  Query: {
    modelTemplate: (_, { id }, _context, info) => readOf(info).loader.load(id),
    modelTemplates: (_, args, _context, info) =>
      templates
        .find(ofAccount(args), readOf(info).options)
        .sort(newestFirst)
        .limit(args.first)
        .toArray(),
  },
});
