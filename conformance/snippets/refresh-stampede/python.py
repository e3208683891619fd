import fcntl
from pathlib import Path


def access_token(path: Path) -> str:
    """One of many renews the session, and the others use what it got."""
    session = Session.read(path)
    if not session.is_due():
        return session.access_token
    # Beside the session, which is replaced: a lock on a file that is gone holds nobody.
    with open(path.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Read again: whoever held the lock before has renewed it.
        session = Session.read(path)
        if session.is_due():
            session = session.renew()
            session.save(path)
        return session.access_token
