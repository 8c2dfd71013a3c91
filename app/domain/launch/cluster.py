"""The Launch cluster that plans are for."""

from msgspec import Struct


class LaunchCluster(Struct, frozen=True, kw_only=True):
    """The properties of a Launch cluster that change what it takes, from the settings."""

    scale_from_zero: bool = False
    """Whether SYNC and STREAMING endpoints may have no worker while nobody calls them: only with
    Prometheus in the cluster."""
    image_prefix: str | None = None
    """The registry that Launch puts before the image of every job; None if it is not known."""


USUAL = LaunchCluster()
