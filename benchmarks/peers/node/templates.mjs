// The collection of templates, and the arguments of its queries.
import { MongoClient } from 'mongodb';

const client = await new MongoClient(process.env.MONGODB_URI).connect();

export const templates = client
  .db(process.env.MONGODB_DATABASE)
  .collection('model_templates', { writeConcern: { w: 'majority', journal: true } });

export const newestFirst = { created_at: -1, _id: -1 };

export const ofAccount = ({ accountId, before }) =>
  before == null ? { account_id: accountId } : { account_id: accountId, created_at: { $lt: before } };
