//! Text with names in braces: `http://127.0.0.1:{port}/callback`. A doubled brace is a brace.

/// A piece of a text with names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// To be taken as it stands.
    Literal(String),
    /// What stood between braces.
    Name(&'a str),
}

/// Splits `text` into literal pieces and names; the error is a sentence's end for a person.
pub(crate) fn parse(text: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        let after = &rest[at + 1..];
        if let Some(beyond) = after.strip_prefix(brace) {
            literal.push_str(brace);
            rest = beyond;
            continue;
        }
        let name = after.split_once('}').filter(|(name, _)| brace == "{" && is_name(name));
        let Some((name, beyond)) = name else {
            return Err(format!(
                "`{text}` has a brace that begins or ends no name; write {{{{ or }}}} for a brace itself"
            ));
        };
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Name(name));
        rest = beyond;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn literal(text: &str) -> Part<'_> {
        Part::Literal(text.into())
    }

    #[rstest]
    #[case::empty("", vec![])]
    #[case::no_name("plain", vec![literal("plain")])]
    #[case::only_a_name("{a.b}", vec![Part::Name("a.b")])]
    #[case::both("x{a}y{b}", vec![literal("x"), Part::Name("a"), literal("y"), Part::Name("b")])]
    #[case::doubled("{{a}}{b}", vec![literal("{a}"), Part::Name("b")])]
    #[case::not_ascii("é{a}é", vec![literal("é"), Part::Name("a"), literal("é")])]
    fn text_is_split(#[case] text: &str, #[case] expected: Vec<Part<'_>>) {
        assert_eq!(parse(text), Ok(expected));
    }

    #[rstest]
    #[case::open("{a")]
    #[case::closed("a}")]
    #[case::nameless("{}")]
    #[case::a_sentence("{ error }")]
    fn a_lone_brace_is_refused(#[case] text: &str) {
        assert!(parse(text).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_split_or_refused(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
