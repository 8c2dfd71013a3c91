"""The resources of the nodes that Launch runs containers on, and warnings about asking for more.

The limits are those of llm-engine's resource_limits.py. Of a node, Launch takes a share for its
forwarder where a model's endpoint runs; a job gets the whole node.
"""

from collections.abc import Iterator

from msgspec import Struct

from app.domain.errors import UserError, UserErrorCode
from app.domain.launch.paths import Path
from app.domain.quantity import quantity
from app.domain.unknown_value import is_unknown
from app.domain.validation.json_schema import user_error
from app.domain.vendor_configuration import GpuType, LaunchResources

OUT_OF_RANGE = UserErrorCode.OUT_OF_RANGE
LEAST_MEMORY = "16Mi"
"""Less than this kills a container as it starts."""


class NodeLimits(Struct, frozen=True):
    """CPU cores, and Kubernetes quantities of memory and storage."""

    cpus: int
    memory: str
    storage: str = "640Gi"


NODES = {
    None: NodeLimits(7, "30Gi"),
    GpuType.NVIDIA_TESLA_T4: NodeLimits(63, "250Gi"),
    GpuType.NVIDIA_AMPERE_A10: NodeLimits(63, "250Gi"),
    GpuType.NVIDIA_AMPERE_A100: NodeLimits(95, "1000Gi"),
    GpuType.NVIDIA_AMPERE_A100E: NodeLimits(95, "1000Gi"),
    GpuType.NVIDIA_HOPPER_H100: NodeLimits(191, "2000Gi", "1300Gi"),
    GpuType.NVIDIA_HOPPER_H100_1G20GB: NodeLimits(47, "500Gi"),
    GpuType.NVIDIA_HOPPER_H100_3G40GB: NodeLimits(95, "1000Gi"),
}
FORWARDER = NodeLimits(1, "2Gi", "1G")
NOTHING = NodeLimits(0, "0", "0")


def resource_warnings(
    resources: LaunchResources, path: Path, *, reserved: NodeLimits = NOTHING
) -> Iterator[UserError]:
    """Warnings about resources that no node has left: for an endpoint, `reserved` is the
    forwarder's share; for a job, nothing is."""
    gpu_type = resources.gpu_type
    if gpu_type is not None and is_unknown(gpu_type):
        return  # Its limits are unknown, too.
    node = NODES[gpu_type]
    on_nodes = f"on {gpu_type.value if gpu_type else 'nodes without GPUs'}"
    for name in ("cpus", "memory", "storage"):
        limit, share = (_amount(getattr(each, name)) for each in (node, reserved))
        if _amount(getattr(resources, name)) <= limit - share:
            continue
        most = f"{limit - share:.0f}" if name == "cpus" else f"{(limit - share) // 2**30:.0f}Gi"
        if reserved is NOTHING:
            refused = "or Launch refuses every job that it is asked to run"
        else:
            refused = (
                f"or Launch refuses the endpoint: it reserves {getattr(reserved, name)} of a "
                f"node's {getattr(node, name)}"
            )
        yield user_error(
            OUT_OF_RANGE, (*path, name), f"must be at most {most} {on_nodes}, {refused}"
        )


def memory_warnings(resources: LaunchResources, path: Path) -> Iterator[UserError]:
    """A warning about memory in which no container starts, often for want of a unit."""
    if _amount(resources.memory) < _amount(LEAST_MEMORY):
        yield user_error(
            OUT_OF_RANGE,
            (*path, "memory"),
            f"is below {LEAST_MEMORY}, too little for a container to start, which would be killed "
            "again and again. A number without a unit is in bytes: write a unit, such as 8Gi",
        )


def _amount(value: int | str) -> float:
    return value if isinstance(value, int) else quantity(value)
