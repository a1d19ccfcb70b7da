"""What a training computes on, and in which precision."""

from pathlib import Path

from tasks.errors import ParamsError
from tasks.params import Train

# AMX and AVX-512 multiply bfloat16 in hardware: twice as fast, the same accuracy. Elsewhere it is emulated.
FAST_BFLOAT16 = ("amx_bf16", "avx512_bf16")
CPUINFO = Path("/proc/cpuinfo")  # Linux; elsewhere there is none


def gpus() -> list[str]:
    """Names of the GPUs that Keras' backend sees."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return [str(device) for device in jax.devices() if device.platform == "gpu"]
    import tensorflow as tf

    return [device.name for device in tf.config.list_physical_devices("GPU")]


def choose(params: Train) -> str:
    """Make Keras compute where ``params.device`` says; return `cpu` or `gpu`.

    Raises:
        ParamsError: a GPU is asked for and there is none.
    """
    import keras

    found = gpus()
    if params.device == "gpu" and not found:
        raise ParamsError(
            f"train.device: 'gpu' is asked for, and {keras.backend.backend()} sees none. "
            "Install the driver and `make install EXTRAS=gpu`, or say train.device: auto"
        )
    if params.device == "cpu" and found and keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.set_visible_devices([], "GPU")
    return "gpu" if found and params.device != "cpu" else "cpu"


def precision(params: Train, device: str = "cpu", cpuinfo: Path = CPUINFO) -> str:
    """``params.precision``, with `auto` resolved: bfloat16 where the processor or a GPU computes it natively."""
    if params.precision != "auto":
        return params.precision
    if device == "gpu":
        return "bfloat16"
    try:
        flags = cpuinfo.read_text()
    except OSError:
        flags = ""
    return "bfloat16" if any(flag in flags for flag in FAST_BFLOAT16) else "float32"
