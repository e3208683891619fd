//! Several runs of the tool at once.

use std::sync::Arc;
use std::time::Instant;

use super::{Stage, StageError, ending_of};
use crate::observation::{Ending, FileTree, RunRecord};
use crate::process::{Launch, Process, millis};
use crate::scenario::Run;

/// One of several runs, while it goes on.
struct Member {
    label: String,
    launch: Launch,
    environment: Vec<String>,
    process: Process,
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
        let members: Result<Vec<Member>, StageError> =
            (1..=size).map(|number| self.start(run, format!("{} {number}", run.label))).collect();
        self.watch(members?, &before, already_seen).await
    }

    /// Runs `first`, and `second` beside it once the platform has answered a renewal.
    pub(super) async fn run_meanwhile(
        &mut self,
        first: &Run,
        second: &Run,
    ) -> Result<Vec<RunRecord>, StageError> {
        let (before, already_seen) = (FileTree::read(self.sandbox.root())?, self.journal_ends());
        let mut first = self.start(first, first.label.to_owned())?;
        let is_renewed = |journal: &[mock_server::Exchange]| {
            journal.iter().any(|one| one.operation.as_deref() == Some("token"))
        };
        tokio::select! {
            _ = self.platform.journal().wait_for(is_renewed, self.setting.deadline) => {}
            // It asked for none: the check will say so.
            _ = first.process.wait() => {}
        }
        let second = self.start(second, second.label.to_owned())?;
        self.watch(vec![first, second], &before, already_seen).await
    }

    fn start(&self, run: &Run, label: String) -> Result<Member, StageError> {
        let (launch, environment) = self.launch(run)?;
        let process = Process::start(&launch, None)
            .map_err(|source| StageError::Subject { program: launch.argv[0].clone(), source })?;
        Ok(Member { label, launch, environment, process })
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
                ending_of(status?)
            } else {
                process.kill().await;
                Ending::TimedOut(millis(self.setting.deadline))
            };
            endings.push((ending, Instant::now()));
        }
        let mut records = Vec::new();
        for (member, (ending, at)) in members.into_iter().zip(endings) {
            let Member { label, launch, environment, process } = member;
            let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
            let elapsed_ms = millis(at - process.started());
            process.finish().await;
            records.push(RunRecord {
                label,
                argv: launch.argv,
                environment,
                ending,
                elapsed_ms,
                stdout: stdout.text(),
                stderr: stderr.text(),
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
