import os


def find_credential(option: str | None) -> Credential:
    """What was said for this run beats what was said once. The store is not even read."""
    if option:
        return Credential(option, source="option")
    # Set and blank is as not set: CI systems set a secret that they do not have to nothing.
    if token := os.environ.get("MYCLI_TOKEN", "").strip():
        return Credential(token, source="environment")
    return read_store()
