"""Every error that Fermata raises on purpose.

FermataError                 exit code 1: it went wrong while running
├── UsageError               exit code 2: what was asked for cannot be done as asked
│   ├── ParamsError          params.yaml: a key, a type or a value
│   ├── SourceError          a data set or media source that is missing, empty or not what it claims
│   └── OutputError          an output folder that holds something else
├── GateError                exit code 3: a promotion gate said no
├── ReconcileError           totals that do not add up
├── TrainingError            a training that can't go on, such as with a loss that is no number
├── RegistryError            the model registry has no such model, or does not answer
├── StoreError               the store of the media does not answer
└── MediaError               one file, member or frame; becomes a row with ``status``, never stops a run
    ├── DecodeError          decode_error
    ├── UnsupportedError     unsupported
    ├── TooLargeError        too_large
    ├── RefusedError         refused
    └── MediaTimeoutError    timeout

Messages name the thing, echo the value and say what to do; they are shown to users as they stand.
"""

from typing import ClassVar


class FermataError(Exception):
    """Root of all errors raised on purpose; shown as one line, without a traceback."""

    exit_code: ClassVar[int] = 1


class UsageError(FermataError):
    """What was asked for cannot be done as asked."""

    exit_code = 2


class ParamsError(UsageError):
    """A key, a type or a value in params.yaml."""


class SourceError(UsageError):
    """A data set or media source that is missing, empty or not what it claims to be."""


class OutputError(UsageError):
    """An output folder that holds something else."""


class GateError(FermataError):
    """A promotion gate said no."""

    exit_code = 3


class ReconcileError(FermataError):
    """Totals that do not add up: a bug or a damaged output, never to be hidden."""


class TrainingError(FermataError):
    """A training that can't go on."""


class RegistryError(FermataError):
    """The model registry has no such model, or does not answer."""


class StoreError(FermataError):
    """The store of the media does not answer: nothing is known of what it holds."""


class MediaError(FermataError):
    """One file, member or frame that cannot be labelled; becomes a row with ``status``."""

    status: ClassVar[str] = "decode_error"


class DecodeError(MediaError):
    """The bytes are of a known kind but do not decode."""


class UnsupportedError(MediaError):
    """Not an image, a video or an archive."""

    status = "unsupported"


class TooLargeError(MediaError):
    """Over a limit for bytes, pixels or duration."""

    status = "too_large"


class RefusedError(MediaError):
    """Not opened for safety: a path that leaves the archive, encryption, an archive in an archive."""

    status = "refused"


class MediaTimeoutError(MediaError):
    """Took longer than its limit."""

    status = "timeout"
