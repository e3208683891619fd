//! Wrong at what is shown, where, and how a command ends.

use std::io::Write as _;
use std::thread;

use clap::error::ErrorKind;
use serde_json::json;

use super::{Mutant, recall, remember};
use crate::credential::Credential;
use crate::error::Error;
use crate::exit_code;
use crate::fronts::oanim::identity::{self, Identity};
use crate::fronts::oanim::settings;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "omits-balance",
        front: "oanim",
        sentence: "whoami leaves out the credit line",
        apply: |b| {
            b.oanim.show_identity =
                |session, identity, _| show_without(session, identity, "Credits:");
        },
    },
    Mutant {
        name: "omits-creation-date",
        front: "oanim",
        sentence: "whoami leaves out the member-since line",
        apply: |b| {
            b.oanim.show_identity =
                |session, identity, _| show_without(session, identity, "Member since:");
        },
    },
    Mutant {
        name: "caches-identity",
        front: "oanim",
        sentence: "whoami keeps the answer (no secret) in ~/.oanim/identity.json and from then on prints that without asking the server",
        apply: |b| b.oanim.identity = cached,
    },
    Mutant {
        name: "identity-shows-key",
        front: "oanim",
        sentence: "whoami prints the whole key too",
        apply: |b| {
            b.oanim.show_identity = |session, identity, key| {
                identity::show(session, identity, key)?;
                session.say(&format!("Key: {}", key.secret.expose()))
            }
        },
    },
    Mutant {
        name: "identity-on-stderr",
        front: "oanim",
        sentence: "whoami prints its four lines on stderr",
        apply: |b| {
            b.oanim.show_identity = |session, identity, _| {
                for line in identity::lines(identity) {
                    session.note(&line);
                }
                Ok(())
            }
        },
    },
    Mutant {
        name: "errors-on-stdout",
        front: "oanim",
        sentence: "error messages go to stdout",
        apply: |b| {
            b.output.report = |text| {
                let _ = writeln!(std::io::stdout(), "{text}");
            }
        },
    },
    Mutant {
        name: "success-exits-one",
        front: "oanim",
        sentence: "whoami exits 1 after having printed the identity",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Ok(()) if command == "whoami" => 1,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "always-colours",
        front: "oanim",
        sentence: "output carries ANSI colour sequences even when it is no terminal",
        apply: |b| b.output.paint = |text| format!("\u{1b}[32m{text}\u{1b}[0m"),
    },
    Mutant {
        name: "usage-error-exits-zero",
        front: "oanim",
        sentence: "an unknown command prints usage and exits 0",
        apply: |b| {
            b.output.exit_code = |command, outcome| match outcome {
                Err(Error::Arguments(usage)) if usage.kind() == ErrorKind::InvalidSubcommand => 0,
                other => exit_code::of(command, other),
            }
        },
    },
    Mutant {
        name: "help-needs-store",
        front: "oanim",
        sentence: "--help fails when the credential file does not parse",
        apply: |b| {
            b.output.help = |session| {
                settings::file(session, "credentials.yaml")?.read()?;
                Ok(())
            }
        },
    },
    Mutant {
        name: "hangs-after-logout",
        front: "oanim",
        sentence: "logout does its work, then never ends",
        apply: |b| {
            b.output.ended = |command| {
                if command == "logout" {
                    loop {
                        thread::park();
                    }
                }
            }
        },
    },
];

fn show_without(session: &Session, identity: &Identity, title: &str) -> Result<(), Error> {
    let lines = identity::lines(identity);
    lines.iter().filter(|line| !line.starts_with(title)).try_for_each(|line| session.say(line))
}

fn cached(session: &Session, credential: &Credential) -> Result<Identity, Error> {
    const FILE: &str = "identity.json";
    if let Some(known) = recall(session, FILE).and_then(|text| serde_json::from_str(&text).ok()) {
        return Ok(known);
    }
    let identity = identity::ask(session, credential)?;
    let known = json!({
        "id": identity.id,
        "email": identity.email,
        "credit_balance_usd": identity.credits,
        "created_at": identity.member_since,
    });
    remember(session, FILE, &known.to_string());
    Ok(identity)
}
