//! The connection.

use crate::check::{Level, require};
use crate::probe::{TLS, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-tls-no-plain",
        area: ServerArea::Tls,
        level: Level::Must,
        sentence: "the port of TLS answers plain HTTP not at all, or with 400 or 426",
        sources: &["RFC 6749 §3.2", "RFC 6750 §5.2"],
        fix: "serve TLS alone at that port: a credential could be sent in the open",
        part: &TLS,
        needs: &[&need::PROTECTED],
        mutants: &["the-port-speaks-plainly"],
        judge: |seen| {
            seen.reply("tls")?;
            let answer = seen.value("plain")?;
            let status = answer.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
            let observed = status.unwrap_or("no HTTP");
            require(["no HTTP", "400", "426"].contains(&observed), "no HTTP, 400 or 426", observed)
        },
    },
    ServerCheck {
        id: "server-tls-no-old-versions",
        area: ServerArea::Tls,
        level: Level::Must,
        sentence: "neither TLS 1.0 nor TLS 1.1 is spoken",
        sources: &["RFC 8996 §5"],
        fix: "allow TLS 1.2 and 1.3 alone",
        part: &TLS,
        needs: &[&need::PROTECTED],
        mutants: &["old-tls-is-spoken"],
        judge: |seen| {
            seen.reply("tls")?;
            let answer = seen.value("tls-1.1")?;
            require(answer == "refused", "refused", answer)
        },
    },
    ServerCheck {
        id: "server-tls-hsts",
        area: ServerArea::Tls,
        level: Level::Should,
        sentence: "browsers are told to come back by TLS alone",
        sources: &["RFC 6797 §7.1"],
        fix: "send Strict-Transport-Security with every answer",
        part: &TLS,
        needs: &[&need::PROTECTED],
        mutants: &["no-hsts-is-sent"],
        judge: |seen| {
            let told = seen.reply("tls")?.header("strict-transport-security");
            let observed = told.unwrap_or("no Strict-Transport-Security");
            require(told.is_some(), "Strict-Transport-Security", observed)
        },
    },
];
