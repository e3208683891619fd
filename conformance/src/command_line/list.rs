//! `authspec list`: the catalogue.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::json;
use textwrap::{Options, fill};

use crate::check::{Area, Check, Level};
use crate::checks::CHECKS;
use crate::exit_code;
use crate::profile::{BUILTIN, Profile, Service};
use crate::server_check::{ServerArea, ServerCheck};
use crate::server_checks::SERVER_CHECKS;

const LOUD: Style = Style::new().bold();
const QUIET: Style = Style::new().dimmed();

/// What `authspec list` is told.
#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    /// As one JSON array.
    #[arg(long)]
    json: bool,
    /// As the page `docs/catalogue.md`.
    #[arg(long, hide = true, conflicts_with = "json")]
    md: bool,
}

/// Lists the checks, and returns the exit code.
pub(super) fn list(arguments: &ListArguments) -> u8 {
    if arguments.json {
        let client = CHECKS.iter().map(|check| as_json(check));
        let server = SERVER_CHECKS.iter().map(|check| server_as_json(check));
        let checks: Vec<_> = client.chain(server).collect();
        anstream::println!("{:#}", serde_json::Value::Array(checks));
        return exit_code::HOLDS;
    }
    if arguments.md {
        anstream::print!("{}", as_page());
        return exit_code::HOLDS;
    }
    let of_tools = CHECKS
        .iter()
        .map(|check| (check.area.title().to_owned(), check.id, check.level, check.sentence));
    let of_servers = SERVER_CHECKS.iter().map(|check| {
        (format!("server: {}", check.area.title()), check.id, check.level, check.sentence)
    });
    let mut area = String::new();
    for (title, id, level, sentence) in of_tools.chain(of_servers) {
        if area != title {
            anstream::println!("\n{LOUD}{title}{LOUD:#}");
            area = title;
        }
        anstream::println!("  {id}  {QUIET}{}{QUIET:#}", level.name());
        let options = Options::new(80).initial_indent("      ").subsequent_indent("      ");
        anstream::println!("{}", fill(sentence, options));
    }
    exit_code::HOLDS
}

fn server_as_json(check: &ServerCheck) -> serde_json::Value {
    json!({
        "id": check.id,
        "side": "server",
        "area": check.area.name(),
        "level": check.level.name(),
        "sentence": check.sentence,
        "sources": server_sources(check),
        "bugs": [],
        "needs": check.every_need().map(|need| need.unless).collect::<Vec<_>>(),
        "mutants": check.mutants,
    })
}

/// The clauses of standards and of the built-in contracts that a server check comes from.
pub(super) fn server_sources(check: &ServerCheck) -> Vec<String> {
    let services = BUILTIN.iter().filter_map(|(name, text)| Service::parse(name, text).ok());
    let contracts = services.flat_map(|service| service.clauses(check.id));
    contracts.chain(check.sources.iter().map(|source| (*source).to_owned())).collect()
}

fn as_json(check: &Check) -> serde_json::Value {
    json!({
        "id": check.id,
        "side": "client",
        "area": check.area.name(),
        "level": check.level.name(),
        "sentence": check.sentence,
        "sources": sources(check, &builtin()),
        "bugs": check.bugs,
        "mutants": check.mutants,
    })
}

fn builtin() -> Vec<Profile> {
    BUILTIN.iter().filter_map(|(name, text)| Profile::parse(name, text).ok()).collect()
}

/// The clauses of standards and of the built-in contracts that a check comes from.
fn sources(check: &Check, profiles: &[Profile]) -> Vec<String> {
    let contracts = profiles.iter().flat_map(|profile| profile.clauses(check.id));
    contracts.chain(check.sources.iter().map(|source| (*source).to_owned())).collect()
}

/// The catalogue as a page, area by area.
fn as_page() -> String {
    let profiles = builtin();
    let mut page = String::from(
        "# The catalogue\n\nMade by `authspec list --md`; a test holds that it is current. `authspec explain ID` tells\nmore of each check: what was promised, the scenario, and how it is done right.\n",
    );
    let _ = writeln!(
        page,
        "\n{} checks of command-line tools, by `authspec run`, and {} of servers, by `authspec probe`.",
        CHECKS.len(),
        SERVER_CHECKS.len(),
    );
    for area in Area::ALL {
        let checks = CHECKS.iter().filter(|check| check.area == area);
        let rows = checks.map(|check| {
            let sources = sources(check, &profiles).join("; ");
            row(check.id, check.level, [check.sentence, &sources, &check.bugs.join(", ")])
        });
        section(&mut page, area.title(), "the requirement | sources | seen in", rows);
    }
    for area in ServerArea::ALL {
        let checks = SERVER_CHECKS.iter().filter(|check| check.area == area);
        let rows = checks.map(|check| {
            let sources = server_sources(check).join("; ");
            row(check.id, check.level, [check.sentence, &sources, check.part.story])
        });
        let title = format!("server: {}", area.title());
        section(&mut page, &title, "the requirement | sources | seen while", rows);
    }
    page
}

/// A table of checks under its title.
fn section(page: &mut String, title: &str, columns: &str, rows: impl Iterator<Item = String>) {
    let _ = writeln!(page, "\n## {title}\n\n| check | level | {columns} |\n|:--|:--|:--|:--|:--|");
    page.extend(rows);
}

/// A check's row of such a table.
fn row(id: &str, level: Level, cells: [&str; 3]) -> String {
    let [requirement, sources, seen] = cells.map(cell);
    format!("| `{id}` | {} | {requirement} | {sources} | {seen} |\n", level.name())
}

/// Text as a cell of a table takes it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
