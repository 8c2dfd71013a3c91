"""The collections that several modules use, and the field by which each can be sharded."""

TEMPLATES = "model_templates"
REVISIONS = "model_template_revisions"
DELETIONS = "model_template_deletions"
USAGE = "account_usage"
KEYS = "api_keys"

SHARD_KEYS = {
    TEMPLATES: "account_id",
    REVISIONS: "template_id",
    DELETIONS: "account_id",
    USAGE: "_id",
    KEYS: "_id",
}
"""The shard key of each collection. Every command that answers a request carries it, so that a
sharded cluster sends the command to the shards that have the documents. Unique indexes begin with
it, because each shard enforces them alone."""
