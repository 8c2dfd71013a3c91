"""Errors of the driver that pass by themselves, told apart from those that a command causes."""

from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)

OUTAGES = frozenset(
    {
        6,  # HostUnreachable
        7,  # HostNotFound
        43,  # CursorNotFound: its server has been replaced
        64,  # WriteConcernFailed
        79,  # UnknownReplWriteConcern: the replica set is not initiated yet
        89,  # NetworkTimeout
        91,  # ShutdownInProgress
        133,  # FailedToSatisfyReadPreference
        134,  # ReadConcernMajorityNotAvailableYet
        175,  # QueryPlanKilled
        189,  # PrimarySteppedDown
        202,  # NetworkInterfaceExceededTimeLimit
        237,  # CursorKilled
        262,  # ExceededTimeLimit
        9001,  # SocketException
        10058,  # LegacyNotPrimary
        10107,  # NotWritablePrimary
        11600,  # InterruptedAtShutdown
        11601,  # Interrupted
        11602,  # InterruptedDueToReplStateChange
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
        14031,  # OutOfDiskSpace
    }
)
"""MongoDB's codes for errors that pass: a server shuts down, steps down or cannot be reached."""


def is_outage(error: PyMongoError) -> bool:
    """Whether an error comes from the database's state, not from the command: it may succeed later,
    and a write may have succeeded already."""
    if isinstance(error, BulkWriteError):
        details = error.details or {}
        codes = {each["code"] for each in details.get("writeErrors", ())}
        return bool(details.get("writeConcernErrors")) or not OUTAGES.isdisjoint(codes)
    return (
        isinstance(error, ConnectionFailure | WriteConcernError)
        or error.timeout
        or (isinstance(error, OperationFailure) and error.code in OUTAGES)
    )
