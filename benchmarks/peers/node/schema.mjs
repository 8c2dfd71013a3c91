// The schema, and resolvers as one writes them first.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GraphQLScalarType } from 'graphql';
import { newestFirst, ofAccount, templates } from './templates.mjs';

export const typeDefs = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8');

const DateTime = new GraphQLScalarType({
  name: 'DateTime',
  serialize: (date) => date.toISOString(),
  parseValue: (text) => new Date(text),
});

export const resolvers = {
  DateTime,
  ModelTemplate: {
    id: (template) => template._id,
    accountId: (template) => template.account_id,
    createdAt: (template) => template.created_at,
    createdByUserId: (template) => template.created_by_user_id,
    endpointType: (template) => template.endpoint_type,
    modelType: (template) => template.model_type,
    endpointProtocol: (template) => template.endpoint_protocol,
    vendorConfiguration: (template) => template.vendor_configuration,
    modelCreationParametersSchema: (template) => template.model_creation_parameters_schema,
    modelRequestParametersSchema: (template) => template.model_request_parameters_schema,
  },
  VendorConfiguration: {
    bundleConfig: (configuration) => configuration.bundle_config,
    endpointConfig: (configuration) => configuration.endpoint_config,
  },
  BundleConfig: {
    env: (bundle) => Object.entries(bundle.env).map(([name, value]) => ({ name, value })),
    readinessInitialDelaySeconds: (bundle) => bundle.readiness_initial_delay_seconds,
    healthcheckRoute: (bundle) => bundle.healthcheck_route,
    predictRoute: (bundle) => bundle.predict_route,
    streamingCommand: (bundle) => bundle.streaming_command,
    streamingPredictRoute: (bundle) => bundle.streaming_predict_route,
  },
  EndpointConfig: {
    gpuType: (endpoint) => endpoint.gpu_type,
    minWorkers: (endpoint) => endpoint.min_workers,
    maxWorkers: (endpoint) => endpoint.max_workers,
    perWorker: (endpoint) => endpoint.per_worker,
    highPriority: (endpoint) => endpoint.high_priority,
    endpointType: (endpoint) => endpoint.endpoint_type,
  },
  Query: {
    modelTemplate: (_, { id }) => templates.findOne({ _id: id }),
    modelTemplates: (_, args) =>
      templates.find(ofAccount(args)).sort(newestFirst).limit(args.first).toArray(),
  },
  Mutation: {
    createModelTemplate: async (_, { input }) => {
      const template = documentOf(input);
      await templates.insertOne(template);
      return template;
    },
  },
};

function documentOf(input) {
  const { bundleConfig, endpointConfig, vendor } = input.vendorConfiguration;
  return {
    _id: randomUUID(),
    account_id: input.accountId,
    name: input.name,
    created_at: new Date(),
    created_by_user_id: input.createdByUserId,
    endpoint_type: input.endpointType,
    model_type: input.modelType,
    endpoint_protocol: input.endpointProtocol,
    vendor_configuration: {
      vendor,
      bundle_config: {
        registry: bundleConfig.registry,
        image: bundleConfig.image,
        tag: bundleConfig.tag,
        command: bundleConfig.command,
        env: Object.fromEntries(bundleConfig.env.map(({ name, value }) => [name, value])),
        readiness_initial_delay_seconds: bundleConfig.readinessInitialDelaySeconds,
        healthcheck_route: bundleConfig.healthcheckRoute,
        predict_route: bundleConfig.predictRoute,
        streaming_command: bundleConfig.streamingCommand,
        streaming_predict_route: bundleConfig.streamingPredictRoute,
      },
      endpoint_config: {
        cpus: endpointConfig.cpus,
        memory: endpointConfig.memory,
        storage: endpointConfig.storage,
        gpus: endpointConfig.gpus,
        gpu_type: endpointConfig.gpuType,
        min_workers: endpointConfig.minWorkers,
        max_workers: endpointConfig.maxWorkers,
        per_worker: endpointConfig.perWorker,
        high_priority: endpointConfig.highPriority,
        endpoint_type: endpointConfig.endpointType,
      },
    },
    model_creation_parameters_schema: input.modelCreationParametersSchema,
    model_request_parameters_schema: input.modelRequestParametersSchema,
  };
}
