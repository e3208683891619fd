//! The parameters of a query or a form: RFC 6749 section 3.1 allows each of them once.

use std::borrow::Cow;

/// Names and values, decoded, in their order; what needs no decoding is not copied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    pub(crate) fn parse(pairs: &'a [u8]) -> Self {
        Self(form_urlencoded::parse(pairs).collect())
    }

    /// The value of that name, if it is there exactly once.
    pub(crate) fn required(&self, name: &str) -> Result<String, &'static str> {
        match self.optional(name)? {
            Some(value) => Ok(value.to_owned()),
            None => Err("a parameter is missing"),
        }
    }

    /// The value of that name, if it is there at all; RFC 6749 section 3.1 treats one without a
    /// value as left out.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<&str>, &'static str> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(_), Some(_)) => Err("a parameter is given twice"),
            (value, _) => Ok(value.filter(|value| !value.is_empty())),
        }
    }

    /// Whether one of these names is there more than once.
    pub(crate) fn has_twice(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.all(name).count() > 1)
    }

    /// Whether the name stands for exactly this value, as often as it is there.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|one| one == value)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(one, _)| one == name).map(|(_, value)| &**value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_there_once_or_it_is_no_good() {
        let query = Parameters::parse(b"a=1&b=2&b=2&c=&d=%2B+x");

        assert_eq!(query.required("a").as_deref(), Ok("1"));
        assert_eq!(query.required("d").as_deref(), Ok("+ x"));
        assert_eq!(query.required("b"), Err("a parameter is given twice"));
        assert_eq!(query.required("c"), Err("a parameter is missing"));
        assert_eq!(query.optional("z"), Ok(None));
        assert!(query.has_twice(&["a", "b"]) && !query.has_twice(&["a", "d"]));
    }
}
