"""Environment variables that Launch keeps for itself.

Launch accepts a request with one of them, but its builder then stops before it touches the
endpoint, which stays UPDATE_PENDING for ever. (llm-engine, live_endpoint_builder_service.py.)
"""

RESTRICTED_NAMES = frozenset(
    {
        *("DD_TRACE_ENABLED", "DD_AGENT_HOST", "DD_ENV", "DD_SERVICE", "DD_VERSION"),
        "OMP_THREAD_LIMIT",
        "AWS_PROFILE",
        *("CELERY_ELASTICACHE_ENABLED", "CELERY_QUEUE", "CELERY_TASK_VISIBILITY"),
        "S3_BUCKET",
        "TEMPORAL_TASK_QUEUE",
        "HTTP_PORT",
    }
)
"""Compared as they are written: `s3_bucket` is an ordinary name."""

RESTRICTED = (
    "is a variable that Launch sets itself: it accepts the request, but then never builds the "
    "endpoint, which stays UPDATE_PENDING for ever. Use another name, and have the container read "
    "that one"
)
"""The predicate of a warning or an error about such a name."""
