//! `authspec list` and `authspec explain`: the catalogue.

use anstyle::Style;
use serde_json::json;
use textwrap::{Options, fill};

use super::refuse;
use crate::check::Check;
use crate::checks::CHECKS;
use crate::exit_code;
use crate::profile::{BUILTIN, Profile, Service, nearest_check};
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
}

pub(super) fn list(arguments: &ListArguments) -> u8 {
    if arguments.json {
        let client = CHECKS.iter().map(|check| as_json(check));
        let server = SERVER_CHECKS.iter().map(|check| server_as_json(check));
        let checks: Vec<_> = client.chain(server).collect();
        anstream::println!("{:#}", serde_json::Value::Array(checks));
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
fn server_sources(check: &ServerCheck) -> Vec<String> {
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
        "sources": sources(check),
        "bugs": check.bugs,
        "mutants": check.mutants,
    })
}

/// The clauses of standards and of the built-in contracts that a check comes from.
fn sources(check: &Check) -> Vec<String> {
    let profiles = BUILTIN.iter().filter_map(|(name, text)| Profile::parse(name, text).ok());
    let contracts = profiles.flat_map(|profile| profile.clauses(check.id));
    contracts.chain(check.sources.iter().map(|source| (*source).to_owned())).collect()
}

pub(super) fn explain(id: &str) -> u8 {
    if let Some(check) = SERVER_CHECKS.iter().find(|check| check.id == id) {
        return explain_server(check);
    }
    let Some(check) = CHECKS.iter().find(|check| check.id == id) else {
        let nearest = nearest_check(id);
        return refuse(
            format!("no check is called `{id}`; did you mean `{nearest}`?"),
            exit_code::USAGE,
        );
    };
    let (sources, bugs) = (sources(check).join("; "), check.bugs.join(", "));
    let mutants = check.mutants.join(", ");
    anstream::println!(
        "{LOUD}{}{LOUD:#}  {QUIET}{} · {}{QUIET:#}\n",
        check.id,
        check.area.title(),
        check.level.name()
    );
    let rows = [
        ("", check.sentence),
        ("source", sources.as_str()),
        ("seen in", bugs.as_str()),
        ("scenario", check.scenario.story),
        ("fix", check.fix),
        ("mutants", mutants.as_str()),
    ];
    show_rows(&rows);
    exit_code::HOLDS
}

fn explain_server(check: &ServerCheck) -> u8 {
    let (title, level) = (check.area.title(), check.level.name());
    anstream::println!("{LOUD}{}{LOUD:#}  {QUIET}server: {title} · {level}{QUIET:#}\n", check.id);
    let needs = check.part.needs.iter().chain(check.needs);
    let needs: Vec<_> = needs.map(|need| need.unless).collect();
    show_rows(&[
        ("", check.sentence),
        ("source", &server_sources(check).join("; ")),
        ("not if", &needs.join("; ")),
        ("probe", check.part.story),
        ("fix", check.fix),
        ("mutants", &check.mutants.join(", ")),
    ]);
    exit_code::HOLDS
}

fn show_rows(rows: &[(&str, &str)]) {
    for (name, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let first = if name.is_empty() { "  ".to_owned() } else { format!("  {name:<9} ") };
        let rest = if name.is_empty() { "  " } else { "            " };
        anstream::println!(
            "{}",
            fill(value, Options::new(80).initial_indent(&first).subsequent_indent(rest))
        );
    }
}
