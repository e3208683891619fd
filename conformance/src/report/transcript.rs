//! What was typed, printed and sent in one scenario, as lines that a person can follow.

use mock_server::Exchange;

use crate::observation::{Observation, RunRecord, credential_of, is_from_browser};

/// The most lines of one stream that are shown.
const MOST_LINES: usize = 20;

/// The longest line that is shown, in characters.
const LONGEST_LINE: usize = 200;

/// Tells what was seen, run by run, with every secret under its name.
pub fn transcript(seen: &Observation) -> Vec<String> {
    let lines = seen.runs.iter().flat_map(tell);
    lines.map(|line| shorten(&seen.redact(&line))).collect()
}

fn tell(run: &RunRecord) -> Vec<String> {
    let set = run.environment.iter().map(|variable| format!("{variable} "));
    // The folder of the program is this machine's own.
    let name = |argv: &String| argv.rsplit('/').next().unwrap_or_default().to_owned();
    let program = run.argv.first().map(name);
    let arguments = program.iter().chain(run.argv.iter().skip(1)).map(|argument| quote(argument));
    let command: Vec<String> = arguments.collect();
    let mut lines = vec![format!("$ {}{}", set.collect::<String>(), command.join(" "))];
    for opening in &run.openings {
        lines.push(format!("  opens    {} {}", opening.program, opening.arguments.join(" ")));
    }
    for exchange in &run.exchanges {
        lines.push(format!("  {}", tell_exchange(exchange)));
    }
    for host in &run.egress {
        lines.push(format!("  outside  {host}"));
    }
    for visit in &run.visits {
        let status = visit.status.map_or("no answer".to_owned(), |status| status.to_string());
        lines.push(format!("  visits   {} → {status}  ({})", visit.url, visit.what));
    }
    for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        let shown = text.lines().take(MOST_LINES);
        lines.extend(shown.map(|line| format!("  {name}   {}", printable(line))));
        let left_out = text.lines().count().saturating_sub(MOST_LINES);
        if left_out > 0 {
            lines.push(format!("  {name}   … and {left_out} lines more"));
        }
    }
    lines.push(format!("  → {}", run.ending.describe()));
    lines
}

fn tell_exchange(exchange: &Exchange) -> String {
    let who = if is_from_browser(exchange) { "browser" } else { "tool   " };
    let origin = match exchange.origin.as_str() {
        "platform" => String::new(),
        other => format!(" at {other}"),
    };
    let query =
        if exchange.query.is_empty() { String::new() } else { format!("?{}", exchange.query) };
    let credential = credential_of(exchange);
    let credential =
        credential.map(|(scheme, secret)| format!("  {scheme} {secret}")).unwrap_or_default();
    format!(
        "{who}  {} {}{query}{origin}{credential} → {}",
        exchange.method, exchange.path, exchange.status
    )
}

fn quote(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+{}‹› ".contains(c) && c != ' ';
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    format!("{argument:?}")
}

/// The line without what would steer the terminal that it is shown on.
fn printable(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn shorten(line: &str) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
