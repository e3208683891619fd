//! What a POSIX shell makes of an assignment, as far as it is safe to ask it, and how words are
//! written for one.

/// These words as they are typed.
pub fn typed(words: &[&str]) -> String {
    // Only a word with a NUL cannot be quoted, and no argument holds one.
    shlex::try_join(words.iter().copied()).unwrap_or_else(|_| words.join(" "))
}

/// The assignments in `text`, one a line, `export` before each or not: names and values.
///
/// # Errors
/// The first line that is none, or whose value a shell would act on: anything but characters
/// between single quotes, and single quotes between double ones or behind a backslash
/// (POSIX Shell Command Language §2.2).
pub fn assignments(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let bare = line.strip_prefix("export ").unwrap_or(line);
        let assignment = bare.split_once('=').filter(|(name, _)| is_name(name));
        let value = assignment.and_then(|(name, quoted)| Some((name, unquoted(quoted)?)));
        let (name, value) = value.ok_or_else(|| line.to_owned())?;
        found.push((name.to_owned(), value));
    }
    Ok(found)
}

fn is_name(name: &str) -> bool {
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What these quoted words are, joined; `None` when anything in them is not quoted safely.
fn unquoted(quoted: &str) -> Option<String> {
    let mut value = String::new();
    let mut rest = quoted;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('\'') {
            let (text, after) = inner.split_once('\'')?;
            value.push_str(text);
            rest = after;
        } else {
            rest = rest.strip_prefix("\\'").or_else(|| rest.strip_prefix("\"'\""))?;
            value.push('\'');
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[rstest::rstest]
    #[case("A='b'", Some("b"))]
    #[case("export A='it'\\''s'", Some("it's"))]
    #[case("A='x'\"'\"'y'", Some("x'y"))]
    #[case("A=", Some(""))]
    #[case("A=b", None)]
    #[case("A=\"$HOME\"", None)]
    #[case("A='it's'", None)]
    #[case("1='b'", None)]
    #[case("found one", None)]
    fn only_what_is_safe_is_read(#[case] line: &str, #[case] expected: Option<&str>) {
        let found = assignments(line).ok().and_then(|mut found| found.pop());
        assert_eq!(found.map(|(_, value)| value).as_deref(), expected);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(32))]
        #[test]
        fn a_shell_agrees(value in "[ -~]{0,20}") {
            let line = format!("A='{}'", value.replace('\'', "'\\''"));
            let read = assignments(&line).expect("safe");
            proptest::prop_assert_eq!(&read[0].1, &value);
            let script = format!("{line}; printf %s \"$A\"");
            let shell = Command::new("/bin/sh").args(["-c", &script]).output().expect("run");
            proptest::prop_assert_eq!(String::from_utf8_lossy(&shell.stdout), value);
        }
    }
}
