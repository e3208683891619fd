//! How it is done right: a few lines in the languages that tools are written in, for checks that
//! are often failed. The files are data: they show, and are not built.

/// The languages, as they are named on the command line, in the order in which they are shown.
pub const LANGUAGES: [&str; 4] = ["rust", "go", "typescript", "python"];

/// The files of a check, in the order of [`LANGUAGES`].
macro_rules! of {
    ($check:literal) => {
        (
            $check,
            [
                include_str!(concat!("../snippets/", $check, "/rust.rs")),
                include_str!(concat!("../snippets/", $check, "/go.go")),
                include_str!(concat!("../snippets/", $check, "/typescript.ts")),
                include_str!(concat!("../snippets/", $check, "/python.py")),
            ],
        )
    };
}

const SNIPPETS: [(&str, [&str; 4]); 6] = [
    of!("state-compared"),
    of!("pkce-challenge"),
    of!("device-slow-down"),
    of!("storage-mode"),
    of!("environment-beats-store"),
    of!("refresh-stampede"),
];

/// The snippets for a check, each with its language; none for most.
pub fn snippets(check: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_check = SNIPPETS.iter().find(|(known, _)| *known == check);
    of_check.into_iter().flat_map(|(_, texts)| LANGUAGES.into_iter().zip(*texts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::CHECKS;

    #[test]
    fn they_are_for_checks_that_exist_and_parse() {
        for (check, [rust, others @ ..]) in SNIPPETS {
            assert!(CHECKS.iter().any(|known| known.id == check), "there is no check {check}");
            assert!(syn::parse_file(rust).is_ok(), "{check}: {:?}", syn::parse_file(rust).err());
            for text in others {
                assert!(text.lines().count() >= 4 && text.ends_with('\n'), "{check}: {text}");
            }
        }
    }

    #[test]
    fn they_fit_a_screen() {
        for (check, texts) in SNIPPETS {
            for line in texts.iter().flat_map(|text| text.lines()) {
                assert!(line.chars().count() <= 100, "{check}: {line}");
            }
            assert!(texts.iter().all(|text| text.lines().count() <= 30), "{check} is long");
        }
    }
}
