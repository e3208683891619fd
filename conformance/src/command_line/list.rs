//! `authspec list`: the catalogue.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::json;
use textwrap::{Options, fill};

use crate::check::{Area, Check};
use crate::checks::CHECKS;
use crate::exit_code;
use crate::profile::{BUILTIN, Profile, Service};
use crate::server_check::ServerCheck;
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
    let mut area = None;
    for check in CHECKS.iter() {
        if area != Some(check.area) {
            anstream::println!("\n{LOUD}{}{LOUD:#}", check.area.title());
            area = Some(check.area);
        }
        anstream::println!("  {}  {QUIET}{}{QUIET:#}", check.id, check.level.name());
        let options = Options::new(80).initial_indent("      ").subsequent_indent("      ");
        anstream::println!("{}", fill(check.sentence, options));
    }
    list_server();
    exit_code::HOLDS
}

fn list_server() {
    let mut area = None;
    for check in SERVER_CHECKS.iter() {
        if area != Some(check.area) {
            anstream::println!("\n{LOUD}server: {}{LOUD:#}", check.area.title());
            area = Some(check.area);
        }
        anstream::println!("  {}  {QUIET}{}{QUIET:#}", check.id, check.level.name());
        let options = Options::new(80).initial_indent("      ").subsequent_indent("      ");
        anstream::println!("{}", fill(check.sentence, options));
    }
}

fn server_as_json(check: &ServerCheck) -> serde_json::Value {
    let needs = check.part.needs.iter().chain(check.needs);
    json!({
        "id": check.id,
        "side": "server",
        "area": check.area.name(),
        "level": check.level.name(),
        "sentence": check.sentence,
        "sources": server_sources(check),
        "bugs": [],
        "needs": needs.map(|need| need.unless).collect::<Vec<_>>(),
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
    let _ = writeln!(page, "\n{} checks of command-line tools.", CHECKS.len());
    for area in Area::ALL {
        let checks = CHECKS.iter().filter(|check| check.area == area);
        let _ = writeln!(page, "\n## {}\n", area.title());
        let _ = writeln!(page, "| check | level | the requirement | sources | seen in |");
        let _ = writeln!(page, "|:--|:--|:--|:--|:--|");
        for check in checks {
            let _ = writeln!(
                page,
                "| `{}` | {} | {} | {} | {} |",
                check.id,
                check.level.name(),
                cell(check.sentence),
                cell(&sources(check, &profiles).join("; ")),
                cell(&check.bugs.join(", ")),
            );
        }
    }
    page
}

/// Text as a cell of a table takes it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}
