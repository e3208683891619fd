//! Which of the requests that match a fault go wrong.

use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A range of request numbers, from 1, both ends included: `"all"`, `2`, `"2.."`, `"1..3"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Requests {
    first: u64,
    last: u64,
}

impl Requests {
    const ALL: Self = Self { first: 1, last: u64::MAX };

    pub(crate) fn contains(self, nth: u64) -> bool {
        (self.first..=self.last).contains(&nth)
    }

    fn parse(text: &str) -> Option<Self> {
        if text == "all" {
            return Some(Self::ALL);
        }
        let (first, last) = match text.split_once("..") {
            Some((first, "")) => (first.parse().ok()?, u64::MAX),
            Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
            None => (text.parse().ok()?, text.parse().ok()?),
        };
        (1 <= first && first <= last).then_some(Self { first, last })
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self::ALL
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ALL => formatter.write_str("all"),
            Self { first, last } if first == last => write!(formatter, "{first}"),
            Self { first, last: u64::MAX } => write!(formatter, "{first}.."),
            Self { first, last } => write!(formatter, "{first}..{last}"),
        }
    }
}

impl Serialize for Requests {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Requests {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RequestsVisitor)
    }
}

struct RequestsVisitor;

impl Visitor<'_> for RequestsVisitor {
    type Value = Requests;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(r#"request numbers from 1: "all", 2, "2.." or "1..3""#)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Requests, E> {
        Requests::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Requests, E> {
        Requests::parse(&number.to_string())
            .ok_or_else(|| E::invalid_value(de::Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Requests, E> {
        u64::try_from(number)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(number), &self))
            .and_then(|number| self.visit_u64(number))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    #[rstest]
    #[case(json!("all"), &[1, 2, 3, 4, 5])]
    #[case(json!(2), &[2])]
    #[case(json!("2"), &[2])]
    #[case(json!("3.."), &[3, 4, 5])]
    #[case(json!("2..4"), &[2, 3, 4])]
    fn ranges_are_read_and_written(#[case] text: Value, #[case] expected: &[u64]) {
        let requests: Requests = serde_json::from_value(text).expect("a range");

        let chosen: Vec<u64> = (1..=5).filter(|nth| requests.contains(*nth)).collect();
        assert_eq!(chosen, expected);

        let written = serde_json::to_value(requests).expect("serializes");
        assert_eq!(serde_json::from_value::<Requests>(written).ok(), Some(requests));
    }

    #[rstest]
    #[case(json!(0))]
    #[case(json!(-1))]
    #[case(json!("4..2"))]
    #[case(json!("..2"))]
    #[case(json!("some"))]
    #[case(json!(true))]
    fn other_texts_are_refused(#[case] text: Value) {
        assert!(serde_json::from_value::<Requests>(text).is_err());
    }
}
