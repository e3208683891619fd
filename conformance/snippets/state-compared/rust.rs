/// What the browser brings counts only for the sign-in that was begun here.
fn code_of(callback: &Url, state: &str) -> Result<String, Refused> {
    let value = |name: &str| {
        let mut pairs = callback.query_pairs().filter(|(key, _)| key == name);
        pairs.next().map(|(_, value)| value.into_owned())
    };
    // Before anything else: also an error counts only with the right state.
    if value("state").as_deref() != Some(state) {
        return Err(Refused::ForeignCallback); // answer 400, and wait for the right one
    }
    match value("error") {
        Some(error) => Err(Refused::ByServer(error)),
        None => value("code").ok_or(Refused::ForeignCallback),
    }
}
