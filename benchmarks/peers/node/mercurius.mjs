// Mercurius as one writes it first.
import { resolvers, typeDefs } from './schema.mjs';
import { serve } from './serve_mercurius.mjs';

await serve(typeDefs, resolvers);
