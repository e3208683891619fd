//! From what a judge says to a verdict, for tools and servers alike: in the light of what the
//! profile knows to fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::check::{Evidence, Judgement, Objection};
use crate::profile::KnownFailure;
use crate::report::CheckResult;
use crate::verdict::Verdict;

/// Lets a check judge: the verdict, and what is shown of why. A judge with a mistake takes nobody
/// else's result with it.
pub(crate) fn judged(judge: impl FnOnce() -> Judgement) -> (Verdict, Evidence) {
    let only = |observed: String| Evidence { expected: String::new(), observed };
    let Ok(judgement) = catch_unwind(AssertUnwindSafe(judge)) else {
        return (Verdict::Error, only("the check itself has a mistake".to_owned()));
    };
    match judgement {
        Ok(evidence) => (Verdict::Pass, evidence),
        Err(Objection::Failed(evidence)) => (Verdict::Fail, evidence),
        Err(Objection::NotReached(why)) => (Verdict::Inconclusive, only(why)),
        Err(Objection::NotClaimed(why) | Objection::NotLent(why)) => {
            (Verdict::NotApplicable, only(why))
        }
        Err(Objection::Disagree { contract, standard }) => {
            let observed = format!("{contract}, as the contract documents");
            (Verdict::Advisory, Evidence { expected: standard, observed })
        }
    }
}

/// The day by which entries with a date are known or no longer so: the same for everybody.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// `result` in the light of what the profile knows to fail: a failure that is known is one, unless
/// its time has run out, and an entry that no longer holds fails, so that it is taken out.
pub(crate) fn known(
    entry: Option<&KnownFailure>,
    mut result: CheckResult,
    today: Date,
) -> CheckResult {
    let Some(entry) = entry else { return result };
    let reason = &entry.reason;
    match (result.verdict, entry.until.filter(|until| *until < today)) {
        (Verdict::Fail, Some(until)) => {
            result.observed = format!("{} (known until {until}: {reason})", result.observed);
            result.fix = format!("{}; or give the entry another date", result.fix);
        }
        (Verdict::Fail, None) => {
            result.verdict = Verdict::KnownFailure;
            let until = entry.until.map(|until| format!(" until {until}")).unwrap_or_default();
            result.observed = format!("{} (known{until}: {reason})", result.observed);
        }
        (Verdict::Pass | Verdict::NotApplicable | Verdict::Advisory, _) => {
            result.expected = format!("a failure, as [[known_failures]] says: {reason}");
            result.observed = format!("{}: it no longer fails", result.verdict.name());
            result.fix = String::from("take the entry out of [[known_failures]] in the profile");
            result.verdict = Verdict::Fail;
        }
        (Verdict::Inconclusive | Verdict::KnownFailure | Verdict::Error, _) => {}
    }
    result
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::check::Level;
    use crate::profile::{BUILTIN, Profile};
    use crate::report::tests::report_of;

    /// A result for `storage-mode` by a profile that knows it to fail until this day.
    fn known_until(until: &str, verdict: Verdict) -> CheckResult {
        let (_, text) = BUILTIN[0];
        let entry = format!(
            "[[known_failures]]\ncheck = \"storage-mode\"\nreason = \"issue 7\"\nuntil = \"{until}\"\n"
        );
        let profile = Profile::parse("mine.toml", &format!("{text}\n{entry}")).expect("valid");
        let mut result = report_of(&[(verdict, Level::Must)]).results.remove(0);
        result.id = "storage-mode".to_owned();
        known(profile.known_failures.last(), result, date(2026, 6, 15))
    }

    #[test]
    fn a_judge_with_a_mistake_says_nothing_of_the_subject() {
        let (verdict, evidence) = judged(|| panic!("a mistake"));
        assert_eq!(verdict, Verdict::Error);
        assert!(evidence.observed.contains("the check itself"), "{evidence:?}");
    }

    #[rstest::rstest]
    #[case::before("2026-06-16", Verdict::Fail, Verdict::KnownFailure)]
    #[case::on_the_last_day("2026-06-15", Verdict::Fail, Verdict::KnownFailure)]
    #[case::after("2026-06-14", Verdict::Fail, Verdict::Fail)]
    #[case::passes_before("2026-06-16", Verdict::Pass, Verdict::Fail)]
    #[case::passes_after("2026-06-14", Verdict::Pass, Verdict::Fail)]
    #[case::unreached("2026-06-14", Verdict::Inconclusive, Verdict::Inconclusive)]
    fn a_failure_is_known_until_its_day(
        #[case] until: &str,
        #[case] was: Verdict,
        #[case] becomes: Verdict,
    ) {
        let result = known_until(until, was);
        assert_eq!(result.verdict, becomes, "{}", result.observed);
        if was == Verdict::Fail {
            assert!(result.observed.contains(&format!("known until {until}: issue 7")));
        }
    }
}
