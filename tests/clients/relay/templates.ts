// A list that grows page by page, an entry that is fetched again by its id, and a change that is
// laid into the store: what relay-compiler asks of a schema.
import { graphql, type IEnvironment, fetchQuery } from "relay-runtime";
import type { templatesEntry$data } from "./__generated__/templatesEntry.graphql";
import type { templatesList$data } from "./__generated__/templatesList.graphql";
import type { templatesQuery } from "./__generated__/templatesQuery.graphql";
import type { templatesChangeMutation } from "./__generated__/templatesChangeMutation.graphql";

export const list = graphql`
  fragment templatesList on Query
  @refetchable(queryName: "templatesPageQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 20 }, cursor: { type: "String" }) {
    modelTemplates(first: $count, after: $cursor, orderBy: { field: NAME, direction: ASC })
      @connection(key: "templatesList_modelTemplates") {
      __id
      totalCount
      edges {
        cursor
        node {
          id
          ...templatesEntry
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`;

export const entry = graphql`
  fragment templatesEntry on ModelTemplate @refetchable(queryName: "templatesEntryQuery") {
    id
    name
    labels
    updatedAt
    vendorConfiguration {
      endpointConfig {
        gpuType
      }
    }
  }
`;

export const query = graphql`
  query templatesQuery($count: Int!) {
    ...templatesList @arguments(count: $count)
    viewer {
      identityId
    }
  }
`;

export const change = graphql`
  mutation templatesChangeMutation($input: UpdateModelTemplateInput!) {
    updateModelTemplate(input: $input) {
      modelTemplate {
        ...templatesEntry
      }
      errors {
        code
        message
        path
      }
    }
  }
`;

export const removal = graphql`
  mutation templatesRemovalMutation($input: DeleteModelTemplateInput!, $connections: [ID!]!) {
    deleteModelTemplate(input: $input) {
      deletedId @deleteEdge(connections: $connections)
      errors {
        code
      }
    }
  }
`;

// Types, where a wrongly mapped scalar would not fit.
export const team = (template: templatesEntry$data): string | undefined => template.labels["team"];
export const changedAt = (template: templatesEntry$data): Date => new Date(template.updatedAt);
export const connection = (data: templatesList$data): string => data.modelTemplates.__id;
export const variables: templatesChangeMutation["variables"] = {
  input: { id: "1", expectedRevision: 1, labels: { team: "search" } },
};
export const run = (environment: IEnvironment) =>
  fetchQuery<templatesQuery>(environment, query, { count: 20 });
