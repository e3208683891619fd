use std::thread::sleep;
use std::time::{Duration, Instant};

const LONGER: Duration = Duration::from_secs(5);

/// Polls until the person has decided, as slowly as the server wants it.
fn wait_for_token(device: &DeviceCode) -> Result<Token, Error> {
    let ends = Instant::now() + device.expires_in;
    let mut interval = device.interval.unwrap_or(LONGER);
    while Instant::now() + interval < ends {
        sleep(interval);
        match poll(device) {
            Ok(token) => return Ok(token),
            Err(Poll::AuthorizationPending) => {}
            // For this and for every later request.
            Err(Poll::SlowDown) => interval += LONGER,
            // The server may be back in a moment.
            Err(Poll::Unreachable) => interval *= 2,
            Err(Poll::Refused(why)) => return Err(why),
        }
    }
    Err(Error::Expired)
}
