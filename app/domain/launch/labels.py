"""The name and the labels of an endpoint in Launch, which become labels in Kubernetes."""

from collections.abc import Iterator, Mapping
from itertools import islice

from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.paths import Path
from app.domain.launch.yaml_text import yaml_kind
from app.domain.validation.json_schema import user_error

REQUIRED, INVALID = UserErrorCode.REQUIRED, UserErrorCode.INVALID
MAX_LABELS = 1_000
"""Labels of a plan that are looked at for warnings."""


def label_errors(labels: Mapping[str, str]) -> Iterator[UserError]:
    """Errors about labels that Launch needs or sets itself."""
    for name in ("team", "product"):
        if name not in labels:
            message = f"Launch requires the label {name}."
            yield UserError(code=REQUIRED, message=message, path=("labels", name))
    for name in ("user_id", "endpoint_name"):
        if name in labels:
            yield user_error(INVALID, ("labels", name), "is reserved: Launch sets this label")


def yaml_warnings(name: str, labels: Mapping[str, str]) -> Iterator[UserError]:
    """Warnings about a name or values of labels that YAML does not read as text."""
    texts: dict[Path, str] = {("name",): name}
    first = islice(labels.items(), MAX_LABELS)
    texts |= {("labels", label): value for label, value in first}
    for path, text in texts.items():
        if kind := yaml_kind(text):
            predicate = (
                f"is read as {kind} in YAML, where Launch writes it without quotes, and Kubernetes "
                f"refuses labels that are no text, so the endpoint would not be built. Write text, "
                f"such as {path[-1]}-{text or 'none'}"
            )
            yield user_error(INVALID, path, predicate)
