"""Model Templates: a GraphQL API for the templates that models are launched from."""

__version__ = "0.2.0"
