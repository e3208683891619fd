from urllib.parse import parse_qs, urlsplit


def code_of(callback: str, state: str) -> str:
    """What the browser brings counts only for the sign-in that was begun here."""
    query = parse_qs(urlsplit(callback).query)
    # Before anything else: also an error counts only with the right state.
    if query.get("state") != [state]:
        raise ForeignCallback  # answer 400, and wait for the right one
    if "error" in query:
        raise SignInRefused(query["error"][0])
    if "code" not in query:
        raise ForeignCallback
    return query["code"][0]
