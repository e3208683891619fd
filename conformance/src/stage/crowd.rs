//! Several runs of the tool at once.

use std::sync::Arc;
use std::time::Instant;

use super::{Stage, StageError, ending_of};
use crate::observation::{Ending, FileTree, RunRecord};
use crate::process::{Process, millis};
use crate::scenario::Run;

impl Stage<'_> {
    /// Starts the tool `size` times at once and waits until all have ended. Each is called by the
    /// label and its number; what the platform was asked stands with the first, since nobody can
    /// tell who asked.
    pub(super) async fn run_crowd(
        &mut self,
        run: &Run,
        size: usize,
    ) -> Result<Vec<RunRecord>, StageError> {
        let (launch, own_environment) = self.launch(run)?;
        let before = FileTree::read(self.sandbox.root())?;
        let already_seen = self.journal_ends();
        let start = || {
            Process::start(&launch, None)
                .map_err(|source| StageError::Subject { program: launch.argv[0].clone(), source })
        };
        let mut crowd: Vec<Process> = (0..size).map(|_| start()).collect::<Result<_, _>>()?;
        let deadline = tokio::time::Instant::now() + self.setting.deadline;
        let mut ended = Vec::new();
        for process in &mut crowd {
            let ending = match tokio::time::timeout_at(deadline, process.wait()).await {
                Ok(status) => ending_of(status?),
                Err(_) => {
                    process.kill().await;
                    Ending::TimedOut(millis(self.setting.deadline))
                }
            };
            ended.push((ending, Instant::now()));
        }
        let account = self.platform.account();
        let mut records = Vec::new();
        for (number, (process, (ending, at))) in crowd.into_iter().zip(ended).enumerate() {
            let left_processes = process.left_processes().await;
            let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
            let elapsed_ms = millis(at - process.started());
            process.finish().await;
            records.push(RunRecord {
                label: format!("{} {}", run.label, number + 1),
                argv: launch.argv.clone(),
                environment: own_environment.clone(),
                ending,
                elapsed_ms,
                stdout: stdout.text(),
                stderr: stderr.text(),
                left_processes,
                account: account.clone(),
                before: before.clone(),
                ..RunRecord::default()
            });
        }
        let exchanges = self.exchanges_since(already_seen);
        let after = FileTree::read(self.sandbox.root())?;
        let egress = self.egress.take();
        for record in &mut records {
            record.after.clone_from(&after);
        }
        if let Some(first) = records.first_mut() {
            first.exchanges = exchanges;
            first.egress = egress;
        }
        Ok(records)
    }
}
