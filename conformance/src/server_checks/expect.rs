//! What many checks expect in the same words.

use std::collections::BTreeSet;

use crate::check::{Judgement, Objection, not_reached, require};
use crate::probe::need::Need;
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

/// That the request called `name` was refused, where `control` shows that the refusal means
/// something. What gave something failed, whatever the control shows.
pub(super) fn refused_where(
    seen: &Recording,
    name: &str,
    control: impl FnOnce() -> Result<(), Objection>,
) -> Judgement {
    if !seen.reply(name)?.is_success() {
        control()?;
    }
    refused(seen, name)
}

/// What was judged of a refusal, beside the request called `control`, which must have succeeded for
/// the refusal to mean something. What failed has failed, whatever the control shows.
pub(super) fn beside_a_good_one(seen: &Recording, control: &str, refusal: Judgement) -> Judgement {
    let evidence = refusal?;
    seen.good(control)?;
    Ok(evidence)
}

/// The same where the control takes what the operator lends, and so may not have been asked.
pub(super) fn beside_what_was_lent(
    seen: &Recording,
    control: &str,
    lent: &Need,
    refusal: Judgement,
) -> Judgement {
    let evidence = refusal?;
    if seen.sent.iter().any(|sent| sent.name == control) {
        return beside_a_good_one(seen, control, Ok(evidence));
    }
    Err(lent.objection())
}

/// That none of the requests whose names begin with `prefix` was taken, of which `taken` says
/// whether it was.
pub(super) fn none_taken(
    seen: &Recording,
    prefix: &str,
    taken: fn(&str, &Reply) -> bool,
) -> Judgement {
    let tried = seen.each(prefix)?;
    let taken: Vec<_> =
        tried.iter().filter(|(name, reply)| taken(name, reply)).map(|(name, _)| *name).collect();
    let observed =
        if taken.is_empty() { "none".to_owned() } else { format!("`{}`", taken.join("`, `")) };
    require(taken.is_empty(), "none is taken", format!("taken: {observed}"))
}

/// That of many requests at once, one succeeds.
pub(super) fn once(seen: &Recording, prefix: &str) -> Judgement {
    let (replies, all) = seen.racers(prefix)?;
    match replies.iter().filter(|reply| reply.is_success()).count() {
        0 => not_reached("none of those that were answered succeeded"),
        1 if !all => not_reached("one succeeded, and so may have one that was not answered"),
        // How many more is chance.
        successes => require(
            successes == 1,
            "1 success",
            if successes == 1 { "1 success" } else { "several" },
        ),
    }
}

/// What was answered, whatever else stands in the headers.
pub(super) fn answer(reply: &Reply) -> (u16, &str) {
    (reply.status, reply.body.as_str())
}

/// The page that a reply shows: what a page does not do is seen on one that works.
pub(super) fn page(reply: &Reply) -> Result<&Reply, Objection> {
    let kinds = ["text/html", "application/xhtml+xml"];
    if reply.is_success() && kinds.iter().any(|kind| reply.is_of_type(kind)) {
        return Ok(reply);
    }
    not_reached(format!("no page was shown: it was answered {}", reply.describe()))
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
    let page = self::page(page)?;
    let ancestors: Vec<&str> = page.all("content-security-policy").flat_map(ancestors).collect();
    let (unframed, observed) = if ancestors.is_empty() {
        let told = page.header("x-frame-options").unwrap_or("neither");
        let forbids = ["deny", "sameorigin"].iter().any(|it| told.trim().eq_ignore_ascii_case(it));
        (forbids, told.to_owned())
    } else {
        // Every policy holds, and browsers that know frame-ancestors ignore X-Frame-Options.
        let names_some = |list: &&str| !list.split_ascii_whitespace().any(is_anybody);
        let told = format!("frame-ancestors {}", ancestors.join(", frame-ancestors "));
        (ancestors.iter().any(names_some), told)
    };
    require(unframed, "frame-ancestors that leave strangers out, or X-Frame-Options", observed)
}

/// Who may frame a page by each of the policies of a header, as the lists stand there.
fn ancestors(policies: &str) -> impl Iterator<Item = &str> {
    policies.split(',').filter_map(|policy| {
        let mut directives = policy.split(';').map(str::trim);
        directives.find_map(|directive| {
            let (name, list) = directive.split_once(char::is_whitespace).unwrap_or((directive, ""));
            name.eq_ignore_ascii_case("frame-ancestors").then(|| list.trim())
        })
    })
}

/// Whether a source of a policy is every host.
fn is_anybody(source: &str) -> bool {
    let source = source.to_ascii_lowercase();
    let host = source.split_once("://").map_or(source.as_str(), |(_, host)| host);
    host.split(':').next() == Some("*") || ["http:", "https:"].contains(&source.as_str())
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
    #[case::none(&[("content-security-policy", "default-src 'self'; frame-ancestors 'none'")], true)]
    #[case::empty(&[("content-security-policy", "frame-ancestors")], true)]
    #[case::one_host(&[("content-security-policy", "frame-ancestors https://a.example")], true)]
    #[case::anybody(&[("content-security-policy", "frame-ancestors *")], false)]
    #[case::anybody_by_tls(&[("content-security-policy", "frame-ancestors 'self' https:")], false)]
    #[case::any_host(&[("content-security-policy", "frame-ancestors https://*:443")], false)]
    #[case::the_newer_counts(&[("content-security-policy", "frame-ancestors *"), ("x-frame-options", "DENY")], false)]
    #[case::every_policy_holds(&[("content-security-policy", "frame-ancestors *"), ("content-security-policy", "frame-ancestors 'self'")], true)]
    #[case::another_directive(&[("content-security-policy", "default-src 'none'")], false)]
    #[case::older(&[("x-frame-options", "SameOrigin")], true)]
    #[case::older_for_all(&[("x-frame-options", "ALLOWALL")], false)]
    #[case::nothing(&[], false)]
    fn who_may_frame_a_page_is_read(#[case] headers: &[(&str, &str)], #[case] unframed: bool) {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let mut headers: Vec<_> = headers.iter().map(own).collect();
        headers.push(("content-type".to_owned(), "text/html".to_owned()));
        let page = Reply { status: 200, headers, body: String::new() };
        assert_eq!(super::unframed(&page).is_ok(), unframed);
    }

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
