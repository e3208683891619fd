//! Several runs of the tool at once.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::keys::{GIVEN, given_to};
use super::{Stage, StageError, ending_of, settled};
use crate::observation::{Ending, FileTree, RunRecord};
use crate::process::{Launch, Process, millis};
use crate::scenario::Run;
use crate::tracer::{Gate, Trace};

/// One of several runs, while it goes on.
struct Member {
    label: String,
    launch: Launch,
    environment: Vec<String>,
    process: Process,
    tracing: Option<oneshot::Receiver<Trace>>,
}

impl Stage<'_> {
    /// Starts the tool `size` times at once and waits until all have ended. Each is called by the
    /// label and its number.
    pub(super) async fn run_crowd(
        &mut self,
        run: &Run,
        size: usize,
    ) -> Result<Vec<RunRecord>, StageError> {
        let (before, already_seen) = (FileTree::read(self.sandbox.root())?, self.journal_ends());
        let members: Result<Vec<Member>, StageError> = (1..=size)
            .map(|number| self.start(run, format!("{} {number}", run.label), GIVEN))
            .collect();
        self.watch(members?, &before, already_seen).await
    }

    /// Runs `first`, and `second` beside it once the platform has answered a renewal.
    pub(super) async fn run_meanwhile(
        &mut self,
        first: &Run,
        second: &Run,
    ) -> Result<Vec<RunRecord>, StageError> {
        let (before, already_seen) = (FileTree::read(self.sandbox.root())?, self.journal_ends());
        let mut first = self.start(first, first.label.to_owned(), GIVEN)?;
        let is_renewed = |journal: &[mock_server::Exchange]| {
            journal.iter().any(|one| one.operation.as_deref() == Some("token"))
        };
        tokio::select! {
            _ = self.platform.journal().wait_for(is_renewed, self.setting.deadline) => {}
            // It asked for none: the check will say so.
            _ = first.process.wait() => {}
        }
        let second = self.start(second, second.label.to_owned(), GIVEN)?;
        self.watch(vec![first, second], &before, already_seen).await
    }

    /// Runs the writer so many times at once, each time with a key of its own and seen from below,
    /// and meanwhile the reader so many times, one after another.
    pub(super) async fn run_throng(
        &mut self,
        (writer, writers): (&Run, usize),
        (reader, reads): (&Run, usize),
    ) -> Result<Vec<RunRecord>, StageError> {
        let (before, already_seen) = (FileTree::read(self.sandbox.root())?, self.journal_ends());
        let mut members = Vec::new();
        for number in 1..=writers {
            let label = format!("{} {number}", writer.label);
            members.push(self.start(writer, label, &given_to(number))?);
        }
        for number in 1..=reads {
            let label = format!("{} {number}", reader.label);
            let mut member = self.start(reader, label, GIVEN)?;
            // The next one begins where this one has ended, and is waited for by `watch` else.
            let _ = tokio::time::timeout(self.setting.deadline, member.process.wait()).await;
            members.push(member);
        }
        self.watch(members, &before, already_seen).await
    }

    fn start(&self, run: &Run, label: String, given: &str) -> Result<Member, StageError> {
        let (launch, environment) = self.launch(run, given)?;
        // Each waits behind a gate of its own: what opens one must open no other.
        let gate = self.sandbox.gate().with_extension(label.replace(' ', "-"));
        let gate = if run.traced { Some(Gate::new(gate)?) } else { None };
        let process = Process::start(&launch, gate.as_ref())
            .map_err(|source| StageError::Subject { program: launch.argv[0].clone(), source })?;
        let tracing = gate.map(|gate| gate.follow(process.group(), self.sandbox.root(), None));
        Ok(Member { label, launch, environment, process, tracing })
    }

    /// Waits until all have ended. What the platform was asked stands with the first of them, since
    /// nobody can tell who asked.
    async fn watch(
        &mut self,
        mut members: Vec<Member>,
        before: &FileTree,
        already_seen: Vec<u64>,
    ) -> Result<Vec<RunRecord>, StageError> {
        let deadline = tokio::time::Instant::now() + self.setting.deadline;
        let mut endings = Vec::new();
        for Member { process, .. } in &mut members {
            let ended = tokio::time::timeout_at(deadline, process.wait()).await;
            let ending = if let Ok(status) = ended {
                status.map(ending_of)
            } else {
                process.kill().await;
                Ok(Ending::TimedOut(millis(self.setting.deadline)))
            };
            endings.push((ending, Instant::now()));
        }
        let mut records = Vec::new();
        for (member, (ending, at)) in members.into_iter().zip(endings) {
            let Member { label, launch, environment, process, tracing } = member;
            let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
            let elapsed_ms = millis(at - process.started());
            process.finish().await;
            let (ending, trace) = settled(ending, tracing).await?;
            records.push(RunRecord {
                label,
                argv: launch.argv,
                environment,
                ending,
                elapsed_ms,
                stdout: stdout.text(),
                stderr: stderr.text(),
                trace,
                account: self.platform.account(),
                before: before.clone(),
                ..RunRecord::default()
            });
        }
        let after = FileTree::read(self.sandbox.root())?;
        for record in &mut records {
            record.after.clone_from(&after);
        }
        if let Some(first) = records.first_mut() {
            first.exchanges = self.exchanges_since(&already_seen);
            first.egress = self.egress.take();
        }
        Ok(records)
    }
}
