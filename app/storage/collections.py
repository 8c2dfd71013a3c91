"""The names of the collections of templates, which several modules use."""

TEMPLATES = "model_templates"
REVISIONS = "model_template_revisions"
USAGE = "account_usage"
