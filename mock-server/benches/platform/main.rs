//! The platform against a bare axum server with a JSON answer, on this machine in one run. Each
//! server is a process of its own; the client is this one, and the same for all.
//!
//! `ci/bench` runs it, prints a table and fails where a bar is not met. `cargo test --benches` runs
//! one short round of everything, without the bars.

mod client;
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use client::Client;
use server::{Role, Server};

/// Rounds of each measurement, of which the median counts.
const ROUNDS: usize = 15;
/// How long one round is.
const ROUND: Duration = Duration::from_millis(400);
/// How many answers come before the memory is looked at.
const MANY: u32 = 1_000_000;
/// How many keys the two platforms have whose verification is compared.
const FEW_KEYS: usize = 100;
const MANY_KEYS: usize = 1_000_000;

/// What is asked of one server, and what the project wants of it as a part of the bare one's.
struct Target {
    name: &'static str,
    server: Server,
    request: &'static str,
    wanted: f64,
    seen: Vec<f64>,
}

/// One line of the table.
struct Line {
    name: String,
    figure: String,
    bar: String,
    holds: bool,
}

fn main() -> ExitCode {
    if let Some(role) = Role::of_this_process() {
        server::serve(role);
    }
    let whole = std::env::args().any(|argument| argument == "--bench");
    let client = Client::new();
    let mut lines = throughput(&client, whole);
    lines.push(flatness(&client, whole));
    lines.push(cold_start(&client, whole));
    lines.push(memory(&client, whole));
    println!("{:<34} {:>22} {:>14}", "", "measured", "bar");
    for Line { name, figure, bar, holds } in &lines {
        println!("{name:<34} {figure:>22} {bar:>14} {}", if *holds { "" } else { "MISSED" });
    }
    let good = lines.iter().all(|line| line.holds) || !whole;
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Answers a second at 32 connections, as parts of the bare server's.
fn throughput(client: &Client, whole: bool) -> Vec<Line> {
    let target = |name, role, request, wanted| {
        let server = Server::start(role);
        Target { name, server, request, wanted, seen: Vec::new() }
    };
    let few = Role::Standard { keys: 1 };
    let mut targets = [
        target("bare axum, a JSON answer", Role::Bare, "whoami", 1.0),
        target("whoami", few, "whoami", 0.7),
        target("key verification", few, "verify", 0.7),
        target("opaque token issue", Role::Opaque, "refresh", 0.6),
        target("signed token issue, Ed25519", Role::Ed25519, "refresh", 0.3),
        // The bar is on either of the two.
        target("signed token issue, ES256", few, "refresh", 0.0),
    ];
    for _ in 0..if whole { ROUNDS } else { 1 } {
        // One after the other in each round, so that a slow minute is everybody's.
        for target in &mut targets {
            let round = if whole { ROUND } else { ROUND / 10 };
            target.seen.push(client.rate(&target.server, target.request, round));
        }
    }
    let line = |target: &Target| {
        // Against the bare server's rate of the same round, since other programs come and go.
        let ratios: Vec<_> =
            target.seen.iter().zip(&targets[0].seen).map(|(rate, bare)| rate / bare).collect();
        let (rate, ratio) = (median(&target.seen), median(&ratios));
        Line {
            name: target.name.to_owned(),
            figure: format!("{rate:.0}/s, ratio {ratio:.2}"),
            bar: if target.wanted > 0.0 { format!("{:.1}", target.wanted) } else { "-".into() },
            holds: ratio >= target.wanted,
        }
    };
    targets.iter().map(line).collect()
}

/// The time of a verification with few keys and with many.
fn flatness(client: &Client, whole: bool) -> Line {
    let many = if whole { MANY_KEYS } else { FEW_KEYS };
    let [few, many] = [FEW_KEYS, many].map(|keys| Server::start(Role::Standard { keys }));
    let mut ratios = Vec::new();
    for _ in 0..if whole { ROUNDS } else { 1 } {
        let [few, many] = [&few, &many].map(|server| client.rate(server, "verify", ROUND / 2));
        ratios.push(many / few);
    }
    let ratio = median(&ratios);
    Line {
        name: "verification, 1,000,000 keys to 100".into(),
        figure: format!("ratio {ratio:.2}"),
        bar: "0.8".into(),
        holds: ratio >= 0.8,
    }
}

/// The time from the start of the process to its first answer.
fn cold_start(client: &Client, whole: bool) -> Line {
    let mut times = Vec::new();
    for _ in 0..if whole { ROUNDS } else { 1 } {
        let begin = Instant::now();
        let server = Server::start(Role::Standard { keys: 1 });
        client.once(&server, "whoami");
        times.push(begin.elapsed().as_secs_f64() * 1000.0);
    }
    let time = median(&times);
    Line {
        name: "start to first answer".into(),
        figure: format!("{time:.1} ms"),
        bar: "20 ms".into(),
        holds: time < 20.0,
    }
}

/// What is resident once many requests were answered.
fn memory(client: &Client, whole: bool) -> Line {
    let server = Server::start(Role::Standard { keys: 1 });
    let count = if whole { MANY } else { 1_000 };
    client.times(&server, "whoami", count);
    let resident = server.resident_mib();
    Line {
        name: format!("memory after {count} requests"),
        figure: format!("{resident:.1} MiB"),
        bar: "25 MB".into(),
        holds: resident * 1.048_576 < 25.0,
    }
}

fn median(seen: &[f64]) -> f64 {
    let mut seen = seen.to_vec();
    seen.sort_by(f64::total_cmp);
    seen[seen.len() / 2]
}
