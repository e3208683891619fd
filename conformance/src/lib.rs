//! authspec: the conformance suite for how command-line tools sign people in.
//!
//! ```text
//! profile.toml ──▶ scenario ──▶ mock platform ◀──HTTP──▶ tool ◀── sandbox (home, environment,
//!                                     │ journal           │        browser opener, terminal)
//!                                     └──▶ observation ◀──┘
//!                                              │
//!                                   check.judge ──▶ verdict ──▶ report ──▶ exit code
//! ```
//!
//! The modules stand in the order of that picture. Stages hand on values, and nothing flows back:
//! a check sees an observation and nothing else.

pub mod profile;

pub mod scenario;
pub mod scenarios;

pub mod egress;
pub mod isolation;
pub mod opened_files;
pub mod opener;
pub mod process;
pub mod robot;
pub mod sandbox;
pub mod stage;
pub mod tracer;

pub mod capsule;
pub mod observation;

pub mod check;
pub mod checks;
pub mod shell;
pub mod snippets;
pub mod spelling;
pub mod verdict;

mod judging;

pub mod probe;
pub mod server_check;
pub mod server_checks;

pub mod selection;

pub mod runner;

pub mod report;

pub mod hosting;

pub mod exit_code;

pub mod command_line;
