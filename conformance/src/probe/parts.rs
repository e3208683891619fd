//! The parts of a probe, in the order in which they are played.

mod authorize;
mod bearer;
mod code;
mod code_login;
mod device;
mod headless;
mod introspection;
mod key_limit;
mod keys;
mod loopback_key;
mod metadata;
mod mistakes;
mod refresh;
mod revocation;
mod sign_in;
mod token;

pub use authorize::AUTHORIZE;
pub use bearer::{BEARER, EXPIRED, REFUSALS, SCOPE, TOKEN_KINDS};
pub use code::{AGAIN, CODE, CODE_RACE, DENIED};
pub use code_login::{CODE_LOGIN, CODE_LOGIN_PAGE, CODE_LOGIN_RACE};
pub use device::{DEVICE, DEVICE_APPROVED, DEVICE_BOUND, DEVICE_DENIED, DEVICE_LOOKED_AT};
pub use headless::{HEADLESS, HEADLESS_APPROVED, HEADLESS_DENIED};
pub use introspection::{INTROSPECTION, INTROSPECTION_LIVE};
pub use key_limit::{FOREIGN_KEY, KEY_LIMIT, KEY_RACE};
pub use keys::{KEY_VERIFY, KEYS, KEYS_UNSEEN};
pub(crate) use loopback_key::parameter_of_key;
pub use loopback_key::{LOOPBACK_KEY, LOOPBACK_PAGE};
pub use metadata::{METADATA, REGISTRATION};
pub use mistakes::CODE_MISTAKES;
pub use refresh::{REFRESH, REFRESH_BOUND, REFRESH_RACE};
pub use revocation::{REVOCATION, REVOCATION_BOUND, REVOCATION_LIVE};
pub use token::TOKEN;

use super::part::Part;
pub use super::tls::TLS;

/// Every part.
pub static PARTS: &[&Part] = &[
    &METADATA,
    &REGISTRATION,
    &AUTHORIZE,
    &CODE,
    &CODE_MISTAKES,
    &CODE_RACE,
    &DENIED,
    &AGAIN,
    &LOOPBACK_PAGE,
    &LOOPBACK_KEY,
    &CODE_LOGIN_PAGE,
    &CODE_LOGIN,
    &CODE_LOGIN_RACE,
    &TOKEN,
    &REFRESH,
    &REFRESH_BOUND,
    &REFRESH_RACE,
    &REFUSALS,
    &BEARER,
    &EXPIRED,
    &SCOPE,
    &TOKEN_KINDS,
    &DEVICE,
    &DEVICE_APPROVED,
    &DEVICE_DENIED,
    &DEVICE_LOOKED_AT,
    &DEVICE_BOUND,
    &HEADLESS,
    &HEADLESS_APPROVED,
    &HEADLESS_DENIED,
    &REVOCATION,
    &REVOCATION_LIVE,
    &REVOCATION_BOUND,
    &INTROSPECTION,
    &INTROSPECTION_LIVE,
    &KEYS_UNSEEN,
    &KEYS,
    &KEY_LIMIT,
    &KEY_RACE,
    &FOREIGN_KEY,
    &KEY_VERIFY,
    &TLS,
];
