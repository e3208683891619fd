//! The `Authorization` header, RFC 9110 section 11.6.2 and RFC 6750 section 2.1.

use hyper::header::{AUTHORIZATION, HeaderMap};

use crate::reply::Refusal;

/// The credential of the one `Authorization` header, if its scheme is the one asked for, in
/// whatever case.
pub(crate) fn credential<'a>(headers: &'a HeaderMap, scheme: &str) -> Result<&'a str, Refusal> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value,
        (None, _) => return Err(Refusal::missing("no Authorization header")),
        (Some(_), Some(_)) => return Err(Refusal::missing("two Authorization headers")),
    };
    let value =
        value.to_str().map_err(|_| Refusal::missing("the Authorization header is not ASCII"))?;
    let (given, credential) = value.split_once(' ').unwrap_or((value, ""));
    let credential = credential.trim_matches(' ');
    if !given.eq_ignore_ascii_case(scheme) {
        Err(Refusal::missing("another authorization scheme"))
    } else if credential.is_empty() {
        Err(Refusal::missing("an empty credential"))
    } else {
        Ok(credential)
    }
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::usual(&["Bearer abc"], Some("abc"))]
    #[case::lowercase(&["bearer abc"], Some("abc"))]
    #[case::spaces(&["BEARER   abc "], Some("abc"))]
    #[case::none(&[], None)]
    #[case::twice(&["Bearer abc", "Bearer abc"], None)]
    #[case::other_scheme(&["Basic abc"], None)]
    #[case::longer_scheme(&["Bearers abc"], None)]
    #[case::scheme_only(&["Bearer"], None)]
    #[case::empty(&["Bearer  "], None)]
    #[case::bare(&["abc"], None)]
    #[case::not_ascii(&["Bearer \u{e9}"], None)]
    fn the_credential_is_read(#[case] values: &[&str], #[case] expected: Option<&str>) {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
            headers.append(AUTHORIZATION, value);
        }

        assert_eq!(credential(&headers, "Bearer").ok(), expected);
    }
}
