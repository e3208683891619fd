use std::env;

/// What was said for this run beats what was said once. The store is not even read.
fn credential(option: Option<String>) -> Result<Credential, Error> {
    if let Some(token) = option {
        return Ok(Credential { token, source: Source::Option });
    }
    // Set and blank is as not set: CI systems set a secret that they do not have to nothing.
    let token = env::var("MYCLI_TOKEN").unwrap_or_default();
    let token = token.trim();
    if !token.is_empty() {
        return Ok(Credential { token: token.to_owned(), source: Source::Environment });
    }
    Store::open()?.credential().ok_or(Error::SignedOut)
}
