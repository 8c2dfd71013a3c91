// Serves a schema with Mercurius, which compiles an operation when it comes for the second time.
import Fastify from 'fastify';
import mercurius from 'mercurius';

export async function serve(schema, resolvers) {
  const app = Fastify();
  app.register(mercurius, { schema, resolvers, jit: 1 });
  await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
}
