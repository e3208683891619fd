import hashlib
import secrets
from base64 import urlsafe_b64encode


def proof_key() -> tuple[str, str]:
    """A verifier for this sign-in alone, and its challenge for code_challenge_method=S256."""
    verifier = secrets.token_urlsafe(32)  # 43 characters
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return verifier, urlsafe_b64encode(digest).decode().rstrip("=")
