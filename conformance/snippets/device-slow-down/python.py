import time


def wait_for_token(device: DeviceCode) -> Token:
    """Polls until the person has decided, as slowly as the server wants it."""
    ends = time.monotonic() + device.expires_in
    interval = device.interval or 5
    while time.monotonic() + interval < ends:
        time.sleep(interval)
        try:
            return poll(device)
        except AuthorizationPending:
            continue
        except SlowDown:
            interval += 5  # for this and for every later request
        except ConnectionError:
            interval *= 2  # the server may be back in a moment
    raise CodeExpired
