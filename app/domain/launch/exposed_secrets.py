"""Warnings about secrets in a template, where everyone who can read it can see them."""

from collections.abc import Iterator, Mapping

from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.paths import BUNDLE, JOB
from app.domain.launch.secret_names import seems_secret
from app.domain.model_template import ModelTemplateSpec
from app.domain.validation.json_schema import user_error

EXPOSED = UserErrorCode.EXPOSED

READABLE_ENV = (
    "looks like a secret, which everyone who can read the template can see: remove it from env"
)
READABLE_DEFAULT = "must not be set for a secret: everyone who can read the template can see it"


def exposed_secrets(spec: ModelTemplateSpec) -> Iterator[UserError]:
    """Values that every reader of the template, and of its history, can see. Messages name the
    variable only."""
    bundle = spec.vendor_configuration.bundle_config
    job = spec.vendor_configuration.fine_tuning_job_bundle_config
    for field, env in (("env", bundle.env), ("workerEnv", bundle.worker_env or {})):
        for name in _secrets(env):
            advice = f"declare a creation parameter {name} with secret: true instead"
            yield user_error(EXPOSED, (*BUNDLE, field, name), f"{READABLE_ENV}, and {advice}")
    for name in _secrets(job.env if job else {}):
        advice = "let the job read it from a secret store instead"
        yield user_error(EXPOSED, (*JOB, "env", name), f"{READABLE_ENV}, and {advice}")
    for field, schema in (
        ("modelCreationParametersSchema", spec.model_creation_parameters_schema),
        ("modelRequestParametersSchema", spec.model_request_parameters_schema),
    ):
        for position, parameter in enumerate(schema.parameters if schema else ()):
            if parameter.secret and parameter.default is not None:
                path = (field, "parameters", str(position), "default")
                yield user_error(EXPOSED, path, f"{READABLE_DEFAULT}: {parameter.name}")


def _secrets(env: Mapping[str, str]) -> Iterator[str]:
    return (name for name, value in env.items() if seems_secret(name, value))
