import os
import tempfile
from pathlib import Path


def save(path: Path, text: str) -> None:
    """Nobody else can read it, not even for a moment, and nobody sees half of it."""
    descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise
