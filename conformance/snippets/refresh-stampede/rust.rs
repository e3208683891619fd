use std::fs::File;
use std::path::Path;

/// One of many renews the session, and the others use what it got.
fn access_token(path: &Path) -> Result<String, Error> {
    let session = Session::read(path)?;
    if !session.is_due() {
        return Ok(session.access_token);
    }
    // Beside the session, which is replaced: a lock on a file that is gone holds nobody.
    let lock = File::create(path.with_extension("lock"))?;
    lock.lock()?;
    // Read again: whoever held the lock before has renewed it.
    let session = Session::read(path)?;
    let session = if session.is_due() { session.renew()?.save(path)? } else { session };
    Ok(session.access_token)
}
