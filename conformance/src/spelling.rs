//! The ways in which a value may be written for people: a tool is free in how it writes a date.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

/// The spellings of a date that people read, by `strftime`.
const DATES: [&str; 10] = [
    "%Y-%m-%d",
    "%-d %B %Y",
    "%-d %b %Y",
    "%B %-d, %Y",
    "%b %-d, %Y",
    "%b %-d %Y",
    "%-m/%-d/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
];

/// Whether `text` shows `value`: a text as it is, an instant by its date in UTC, a number with
/// its own or with two decimals.
pub fn shows(text: &str, value: &Value) -> bool {
    spellings(value).iter().any(|spelling| text.contains(spelling))
}

/// Whether `text` shows the day of `instant`, or the day after: a run may span midnight.
pub fn shows_day(text: &str, instant: Timestamp) -> bool {
    let day = instant.to_zoned(TimeZone::UTC).date();
    let days = [Some(day), day.tomorrow().ok()];
    days.into_iter().flatten().flat_map(dates).any(|spelling| text.contains(&spelling))
}

fn spellings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(instant) => dates(instant.to_zoned(TimeZone::UTC).date()).collect(),
            Err(_) => vec![text.clone()],
        },
        Value::Number(number) => {
            let decimals = number.as_f64().map(|number| format!("{number:.2}"));
            decimals.into_iter().chain([number.to_string()]).collect()
        }
        other => vec![other.to_string()],
    }
}

fn dates(date: Date) -> impl Iterator<Item = String> {
    DATES.iter().map(move |format| date.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[rstest::rstest]
    #[case::iso("Member since: 2025-03-14", json!("2025-03-14T09:26:53.589Z"), true)]
    #[case::long("since March 14, 2025", json!("2025-03-14T09:26:53.589Z"), true)]
    #[case::another_day("since 2025-03-15", json!("2025-03-14T09:26:53.589Z"), false)]
    #[case::two_decimals("Credits: $42.50", json!(42.5), true)]
    #[case::as_it_is("Credits: 42.5", json!(42.5), true)]
    #[case::another_number("Credits: 4.25", json!(42.5), false)]
    #[case::text("ada@example.com", json!("ada@example.com"), true)]
    fn a_value_is_recognized(#[case] text: &str, #[case] value: Value, #[case] expected: bool) {
        assert_eq!(shows(text, &value), expected);
    }
}
