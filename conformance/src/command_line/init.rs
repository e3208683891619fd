//! `authspec profile init`: a profile to start from, made of the one that follows the standards.

use std::fmt::Write as _;
use std::io::Write as _;

use super::refuse;
use crate::exit_code;
use crate::profile::{BUILTIN, Service};

/// The built-in profile that others start from.
const MODEL: &str = "standard";

/// What `authspec profile init` is told.
#[derive(Debug, clap::Args)]
pub(super) struct InitArguments {
    /// The tool's name, of small letters, digits and hyphens.
    name: String,
}

/// What an author has to know of a table, above it.
const REMARKS: [(&str, &str); 14] = [
    (
        "[platform.account]",
        "Who signs in. `{unique}` differs each time, so that nothing is found by luck.",
    ),
    (
        "[platform.keys]",
        "What API keys look like; `{8}` stands for eight random characters. Without keys: delete\nthis table, and the four [platform.key_…] tables.",
    ),
    ("[platform.access_tokens]", "What access tokens look like, and how long they live."),
    (
        "[platform.oauth]",
        "Where the endpoints are. What your service does not have: delete the line.",
    ),
    ("[platform.oauth.device]", "Signing in by a code that is approved on any device."),
    ("[platform.oauth.refresh_tokens]", "Sessions that renew themselves."),
    ("[platform.identity]", "The request by which the tool finds out who is signed in."),
    (
        "[cli.commands]",
        "The arguments of each command that the suite drives. What your tool does not have: delete\nthe line, and the checks that need it are not applicable.",
    ),
    ("[cli.credential]", "The environment variable that carries a credential."),
    ("[cli.url]", "Where the tool takes the platform's URL from: this is how it gets to the mock."),
    ("[cli.store]", "The file that the credential is kept in; `secret` is where in it."),
    ("[cli.session]", "The session that a sign-in makes, where it makes one and not a key."),
    ("[cli.login]", "Signing in with the browser."),
    ("[cli.messages]", "Words that messages must hold."),
];

/// Writes it, and returns the exit code.
pub(super) fn init(arguments: &InitArguments) -> u8 {
    let name = arguments.name.as_str();
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(is_name) {
        let why = format!("`{name}` is no name: small letters, digits and hyphens, as in my-cli");
        return refuse(why, exit_code::USAGE);
    }
    if BUILTIN.iter().any(|(builtin, _)| *builtin == name) {
        let why = format!("`{name}` is built in: `authspec run --profile {name}` uses it as it is");
        return refuse(why, exit_code::USAGE);
    }
    let path = format!("{name}.toml");
    let text = starting_point(name);
    if let Err(error) = Service::parse(&path, &text) {
        let why = format!("the harness has a mistake, please report it: {error}");
        return refuse(why, exit_code::HARNESS);
    }
    let created = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    match created.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            anstream::println!("{path} is there. What to do now:");
            anstream::println!("  1. go through it from the top, and say how your tool does it");
            anstream::println!("  2. authspec profile check {path}");
            anstream::println!("  3. authspec run --profile ./{path} -- PROGRAM");
            exit_code::HOLDS
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let why = format!("{path} is there already: move it away, or take another name");
            refuse(why, exit_code::USAGE)
        }
        Err(error) => refuse(format!("cannot write {path}: {error}"), exit_code::HARNESS),
    }
}

/// The model under another name, each table with a remark.
fn starting_point(name: &str) -> String {
    let model = BUILTIN.iter().find(|(builtin, _)| *builtin == MODEL).map_or("", |(_, text)| text);
    let title = capitalized(name);
    let mut out = format!(
        "# {title}: how its service speaks, how the tool is driven, and what it promises.\n\
         # Made by `authspec profile init` from the profile of a tool that follows the RFCs; what your\n\
         # tool does not claim is deleted, and reported as not applicable. docs/profile.md tells every key.\n"
    );
    // The remarks at its top are of the model itself.
    let begins = model.find("\nname =").map_or(0, |at| at + 1);
    let mut in_contract = false;
    for line in model[begins..].lines() {
        if line.starts_with('[') {
            in_contract = ["[[promises]]", "[[known_failures]]"].contains(&line);
            let remark = REMARKS.iter().find(|(table, _)| *table == line);
            for remark in remark.into_iter().flat_map(|(_, remark)| remark.lines()) {
                let _ = writeln!(out, "# {remark}");
            }
        }
        if !in_contract {
            out.push_str(&renamed(line, name, &title));
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out.push_str(
        "\n\n# What your documentation promises, each with the checks that hold it: reports cite it.\n\
         # [[promises]]\n\
         # id = \"DOC-1\"\n\
         # source = \"docs\"\n\
         # says = \"the credential file can be read by its owner alone\"\n\
         # checks = [\"storage-mode\"]\n\
         \n\
         # What the tool is known to fail, with the reason; an entry that no longer fails fails the run.\n\
         # [[known_failures]]\n\
         # check = \"logout-offline\"\n\
         # reason = \"issue 12: logout asks the server first\"\n\
         # until = \"2030-01-31\"\n",
    );
    out
}

fn renamed(line: &str, name: &str, title: &str) -> String {
    let variable = name.to_uppercase().replace('-', "_");
    line.replace(&MODEL.to_uppercase(), &variable)
        .replace(&capitalized(MODEL), title)
        .replace(MODEL, name)
}

fn capitalized(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn it_is_a_valid_profile_with_nothing_left_of_the_model() {
        let text = starting_point("my-cli");
        let profile = Profile::parse("my-cli.toml", &text).expect("valid");
        assert_eq!((profile.name.as_str(), profile.title.as_str()), ("my-cli", "My Cli"));
        assert!(!text.to_lowercase().contains(MODEL), "{text}");
        assert!(text.contains("MY_CLI_TOKEN") && text.contains("my-cli login"), "{text}");
        assert!(profile.promises.is_empty() && profile.known_failures.is_empty());
    }

    #[test]
    fn every_remark_stands_above_its_table() {
        let text = starting_point("my-cli");
        for (table, remark) in REMARKS {
            let above = format!("{}\n{table}\n", remark.lines().last().expect("a line"));
            assert!(text.contains(&above), "there is no {table}, or another remark above it");
        }
    }
}
