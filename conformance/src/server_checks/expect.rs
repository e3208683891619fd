//! What many checks expect in the same words.

use std::collections::BTreeSet;

use crate::check::{Judgement, Objection, not_reached, require};
use crate::probe::recording::{Recording, Reply};

/// The least randomness of a secret, in bits: RFC 6749 section 10.10.
pub(super) const ENOUGH_BITS: f64 = 128.0;

/// A kind of characters.
type Class = fn(&char) -> bool;

/// How many places that are equal in all samples are no chance.
const CONSTANT_RUN: usize = 4;

/// That the request called `name` was refused, 4xx.
pub(super) fn refused(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.reply(name)?;
    require(reply.is_refusal(), "a refusal, 4xx", reply.describe())
}

/// That the request called `name` was refused with 401.
pub(super) fn unauthorized(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.reply(name)?;
    require(reply.status == 401, "401", reply.describe())
}

/// That the request called `name` was refused with 401, or with 400 where it is malformed, RFC 6750
/// section 3.1.
pub(super) fn unauthorized_or_malformed(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.reply(name)?;
    require([400, 401].contains(&reply.status), "401 or 400", reply.describe())
}

/// That the request called `name` was refused with this error.
pub(super) fn error_is(seen: &Recording, name: &str, error: &str) -> Judgement {
    let reply = seen.reply(name)?;
    let named = reply.error().as_deref() == Some(error) && !reply.is_success();
    require(named, error, reply.describe())
}

/// That no cache may keep the reply to the request called `name`, which succeeded.
pub(super) fn uncached(seen: &Recording, name: &str) -> Judgement {
    let reply = seen.good(name)?;
    let told = reply.header("cache-control").unwrap_or("no Cache-Control");
    require(reply.is_uncached(), "Cache-Control: no-store", told)
}

/// That no page of a stranger may frame the page.
pub(super) fn unframed(page: &Reply) -> Judgement {
    if !page.is_success() {
        return not_reached(format!("the page was answered {}", page.describe()));
    }
    let policy = page.header("content-security-policy").unwrap_or_default();
    let unframed = policy.contains("frame-ancestors") || page.header("x-frame-options").is_some();
    let observed = if unframed { "it has" } else { "neither" };
    require(unframed, "frame-ancestors or X-Frame-Options", observed)
}

/// That an authorization request goes on: no error, and no redirect that names one.
pub(super) fn goes_on(reply: &Reply) -> bool {
    reply.status < 400 && reply.error().is_none()
}

/// The control of mistaken authorization requests: a good one goes on.
pub(super) fn good_goes_on(seen: &Recording) -> Result<(), Objection> {
    let good = seen.reply("good")?;
    if goes_on(good) {
        return Ok(());
    }
    not_reached(format!("a good request does not go on: {}", good.describe()))
}

/// How many bits of randomness texts have that were drawn alike: of the places that are not
/// constant, with the alphabets that occur there. None, where two are equal.
pub(super) fn bits<'a>(samples: impl Iterator<Item = &'a str>) -> f64 {
    let samples: Vec<Vec<char>> = samples.map(|sample| sample.chars().collect()).collect();
    let distinct: BTreeSet<_> = samples.iter().collect();
    if samples.len() < 2 || distinct.len() < samples.len() {
        return 0.0;
    }
    let length = samples.iter().map(Vec::len).min().unwrap_or_default();
    let at = |place: usize| samples.iter().map(move |sample| sample[place]);
    let is_equal = |place: usize| at(place).collect::<BTreeSet<_>>().len() == 1;
    // A place may be equal by chance, a run of places hardly; punctuation is never drawn.
    let run = |place: usize| {
        let before = (0..place).rev().take_while(|place| is_equal(*place)).count();
        before + (place..length).take_while(|place| is_equal(*place)).count()
    };
    let is_drawn = |place: &usize| {
        let punctuation = at(*place).all(|c| !c.is_ascii_alphanumeric());
        !is_equal(*place) || !punctuation && run(*place) < CONSTANT_RUN
    };
    let differing: Vec<usize> = (0..length).filter(is_drawn).collect();
    let seen: BTreeSet<char> = differing.iter().flat_map(|place| at(*place)).collect();
    let is_hex = seen.iter().all(|c| c.is_ascii_digit() || ('a'..='f').contains(c));
    let classes: [(Class, u32); 4] = [
        (char::is_ascii_digit, 10),
        (char::is_ascii_lowercase, if is_hex { 6 } else { 26 }),
        (char::is_ascii_uppercase, 26),
        (|c| !c.is_ascii_alphanumeric(), 2),
    ];
    let sizes = classes.iter().filter(|(class, _)| seen.iter().any(class)).map(|(_, size)| size);
    let alphabet = f64::from(sizes.sum::<u32>());
    let places = f64::from(u32::try_from(differing.len()).unwrap_or(u32::MAX));
    places * alphabet.log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::equal(&["abcdefgh", "abcdefgh"], 0.0, 0.1)]
    #[case::counted(&["token-0001", "token-0002", "token-0003"], 3.0, 4.0)]
    #[case::hex(&["00ff00ff00ff00ff00ff00ff00ff00ff", "f1a0bb1122cc44dd55ee667788990abc"], 100.0, 128.1)]
    #[case::long(&["pAbCdEfGhIjKlMnOpQrStUvWx0123", "pZyXwVuTsRqPoNmLkJiHgFeDc9876"], 128.0, 200.0)]
    fn randomness_is_estimated(#[case] samples: &[&str], #[case] least: f64, #[case] most: f64) {
        let bits = bits(samples.iter().copied());
        assert!((least..most).contains(&bits), "{bits}");
    }
}
