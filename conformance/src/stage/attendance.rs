//! One run of the tool, with the robot browser beside it, until it ends or has to be ended.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::{Stage, StageError};
use crate::observation::Ending;
use crate::process::{LONGEST_OUTPUT, Process, millis};
use crate::profile::Command;
use crate::robot::{Robot, SharedDiary, Surroundings, Way};
use crate::scenario::Run;
use crate::tracer::Trace;

/// How long the robot may go on after the tool has ended: duplicates of a callback come late.
const ROBOT_GRACE: Duration = Duration::from_secs(5);

/// How long the tool may take to end once the browser cannot come back to it: most do it of their
/// own accord, since they ended the sign-in.
const TOOL_GRACE: Duration = Duration::from_secs(1);

impl Stage<'_> {
    /// Waits for the tool to end, with the robot browser beside it; ends it when it must be.
    pub(super) async fn attend(
        &mut self,
        run: &Run,
        process: &mut Process,
        diary: &SharedDiary,
    ) -> Result<Ending, StageError> {
        let wait = run.forced_wait_of(&self.setting.profile.cli);
        let deadline = self.setting.deadline + wait;
        let overdue = tokio::time::sleep(deadline);
        let (stdout, stderr) = (Arc::clone(&process.stdout), Arc::clone(&process.stderr));
        let surroundings = self.surroundings(run);
        let mut robot = Robot {
            browser: run.browser,
            opener: run.opener,
            mailbox: &mut self.mailbox,
            streams: [Arc::clone(&stdout), Arc::clone(&stderr)],
            group: process.group(),
            surroundings,
            diary: Arc::clone(diary),
            client: self.setting.client.clone(),
        };
        let browsing = robot.attend();
        tokio::pin!(overdue, browsing);
        let mut done = false;
        loop {
            let stopped = tokio::select! {
                status = process.wait() => {
                    let begun = diary.lock().unwrap_or_else(PoisonError::into_inner).browsing;
                    if begun && !done {
                        // What it is in the middle of belongs to this run.
                        let _ = tokio::time::timeout(ROBOT_GRACE, browsing).await;
                    }
                    return Ok(ending_of(status?));
                }
                () = &mut overdue => Ending::TimedOut(millis(deadline)),
                () = stdout.is_full() => Ending::TooMuchOutput(LONGEST_OUTPUT),
                () = stderr.is_full() => Ending::TooMuchOutput(LONGEST_OUTPUT),
                came_back = &mut browsing, if !done => match came_back {
                    Ok(()) => {
                        done = true;
                        continue;
                    }
                    Err(why) => match tokio::time::timeout(TOOL_GRACE, process.wait()).await {
                        Ok(status) => return Ok(ending_of(status?)),
                        Err(_) => Ending::BrowserGaveUp(why),
                    },
                },
            };
            process.kill().await;
            return Ok(stopped);
        }
    }

    fn surroundings(&self, run: &Run) -> Surroundings {
        let cli = &self.setting.profile.cli;
        let device = cli.device.as_ref().filter(|_| run.command == Command::LoginOnDevice);
        let (page, way) = match (device, &cli.login) {
            (Some(device), _) => {
                (device.page.clone(), Way::Code { parameter: device.code_parameter.clone() })
            }
            (None, Some(login)) => {
                let way = Way::Browser {
                    comes_back: login.comes_back.clone(),
                    grant_parameter: login.grant_parameter().to_owned(),
                    state_parameter: login.state_parameter.clone(),
                };
                (login.page.clone(), way)
            }
            // Nobody is sent anywhere: any page will do to wait for in vain.
            (None, None) => (String::new(), Way::Code { parameter: String::new() }),
        };
        Surroundings {
            page: format!("{}{page}", self.platform.url()),
            way,
            of_strangers: self.keys.of_strangers(),
        }
    }
}

/// How a run ended, and what was seen of it from below where it was traced: of a program that is
/// killed while it is stopped, the kernel tells its tracer alone.
pub(super) async fn settled<E>(
    ending: Result<Ending, E>,
    tracing: Option<oneshot::Receiver<Trace>>,
) -> Result<(Ending, Option<Trace>), E> {
    let Some(tracing) = tracing else { return Ok((ending?, None)) };
    let mut trace = Trace::finish(tracing).await;
    let ending = match (ending, trace.ended.take()) {
        (Err(_), Some(ending)) => ending,
        (ending, _) => ending?,
    };
    Ok((ending, Some(trace)))
}

/// How the program itself says that it ended.
pub(super) fn ending_of(status: std::process::ExitStatus) -> Ending {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ending::Exited(code),
        (None, signal) => Ending::Signalled(signal.unwrap_or(0)),
    }
}
