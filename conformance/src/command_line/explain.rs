//! `authspec explain`: everything about one check.

use anstyle::Style;
use textwrap::{Options, WordSplitter, fill};

use super::list::server_sources;
use super::refuse;
use crate::check::Check;
use crate::checks::CHECKS;
use crate::exit_code;
use crate::profile::{BUILTIN, Profile, Service, nearest_check};
use crate::server_check::ServerCheck;
use crate::server_checks::SERVER_CHECKS;
use crate::snippets::{LANGUAGES, snippets};

const LOUD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// What `authspec explain` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArguments {
    /// The check's id.
    id: String,
    /// Show how it is done right in this language alone.
    #[arg(long = "in", value_name = "LANGUAGE", value_parser = LANGUAGES)]
    language: Option<String>,
    /// Also what this profile promises of it; may be given several times.
    #[arg(long = "profile", value_name = "PROFILE")]
    profiles: Vec<String>,
}

/// Tells it, and returns the exit code.
pub(super) fn explain(arguments: &ExplainArguments) -> u8 {
    let id = arguments.id.as_str();
    if let Some(check) = SERVER_CHECKS.iter().find(|check| check.id == id) {
        tell_server(check);
        return exit_code::HOLDS;
    }
    let Some(check) = CHECKS.iter().find(|check| check.id == id) else {
        let nearest = nearest_check(id);
        let why = format!(
            "no check is called `{id}`; did you mean `{nearest}`? `authspec list` shows them all"
        );
        return refuse(why, exit_code::USAGE);
    };
    let mut profiles: Vec<Profile> = Vec::new();
    for name in &arguments.profiles {
        match Profile::load(name) {
            Ok(profile) => profiles.push(profile),
            Err(error) => return super::refuse_profile(error),
        }
    }
    let builtin = BUILTIN.iter().filter_map(|(name, text)| Service::parse(name, text).ok());
    profiles.extend(builtin.filter_map(|service| service.with_tool().ok()));
    tell(check, &profiles);
    tell_snippets(check, arguments.language.as_deref());
    exit_code::HOLDS
}

fn tell(check: &Check, profiles: &[Profile]) {
    let (area, level) = (check.area.title(), check.level.name());
    anstream::println!("{LOUD}{}{LOUD:#}  {QUIET}{area} · {level}{QUIET:#}\n", check.id);
    let mut rows = vec![("", check.sentence.to_owned()), ("source", check.sources.join("; "))];
    rows.extend(profiles.iter().flat_map(|profile| clauses(check, profile)));
    rows.extend([
        ("seen in", check.bugs.join(", ")),
        ("scenario", format!("{}: {}", check.scenario.id, check.scenario.story)),
        ("fix", check.fix.to_owned()),
        ("mutants", check.mutants.join(", ")),
        ("alone", format!("authspec run --check {} --profile PROFILE -- PROGRAM", check.id)),
    ]);
    let forced = check.scenario.forced_wait().as_secs_f32();
    if forced > 0.0 {
        rows.push(("waits", format!("{forced} s, since the protocol demands it")));
    }
    show_rows(&rows);
}

fn tell_server(check: &ServerCheck) {
    let (title, level) = (check.area.title(), check.level.name());
    anstream::println!("{LOUD}{}{LOUD:#}  {QUIET}server: {title} · {level}{QUIET:#}\n", check.id);
    let needs: Vec<_> = check.every_need().map(|need| need.unless).collect();
    show_rows(&[
        ("", check.sentence.to_owned()),
        ("source", server_sources(check).join("; ")),
        ("not if", needs.join("; ")),
        ("probe", check.part.story.to_owned()),
        ("fix", check.fix.to_owned()),
        ("mutants", check.mutants.join(", ")),
    ]);
}

/// What a contract promises of the check, clause by clause.
fn clauses(check: &Check, profile: &Profile) -> Vec<(&'static str, String)> {
    let holds = |id: &toml::Spanned<String>| id.get_ref() == check.id;
    let promises = profile.promises.iter().filter(|promise| promise.checks.iter().any(holds));
    let rows = promises.map(|promise| {
        let (name, source, id) = (&profile.name, &promise.source, &promise.id);
        ("promise", format!("{name}, {source} {id}: {}", promise.says))
    });
    rows.collect()
}

fn show_rows(rows: &[(&str, String)]) {
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let first = if name.is_empty() { "  ".to_owned() } else { format!("  {name:<9} ") };
        let rest = if name.is_empty() { "  " } else { "            " };
        let options = Options::new(80).initial_indent(&first).subsequent_indent(rest);
        let options = options.break_words(false).word_splitter(WordSplitter::NoHyphenation);
        anstream::println!("{}", fill(value, options));
    }
}

fn tell_snippets(check: &Check, only: Option<&str>) {
    for (language, text) in snippets(check.id) {
        if only.is_none_or(|only| only == language) {
            anstream::println!("\n  {LOUD}right, in {language}{LOUD:#}\n");
            for line in text.lines() {
                let indent = if line.is_empty() { "" } else { "    " };
                anstream::println!("{indent}{line}");
            }
        }
    }
}
