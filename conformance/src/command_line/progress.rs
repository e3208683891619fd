//! Progress, for who watches on a terminal. Silent when standard error is none.

use indicatif::{ProgressBar, ProgressStyle};

use crate::runner::Event;

/// A line that says how far the run is.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new() -> Self {
        // Hidden by itself where standard error is no terminal.
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} scenarios  {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub(super) fn tell(&self, event: Event) {
        match event {
            Event::Planned(scenarios) => self.0.set_length(scenarios as u64),
            Event::Played(scenario) => {
                self.0.set_message(scenario);
                self.0.inc(1);
            }
        }
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
