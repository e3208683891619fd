//! The faults that are planned, each with the count of requests it has seen.

use std::sync::{Mutex, PoisonError};

use hyper::Method;

use crate::operation::Operation;
use crate::script::{Fault, Script};

/// The faults that are planned.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Mutex<Vec<Planned>>,
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    seen: u64,
}

impl Faults {
    /// Plans the script's faults behind those that are planned already.
    pub(crate) fn plan(&self, script: Script) {
        let planned = script.faults.into_iter();
        self.planned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(planned.map(|fault| Planned { fault, seen: 0 }));
    }

    /// Counts a request, and returns the first fault that is due on it.
    pub(crate) fn due(
        &self,
        operation: Option<Operation>,
        method: &Method,
        path: &str,
    ) -> Option<Fault> {
        let mut due = None;
        let mut planned = self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        for Planned { fault, seen } in &mut *planned {
            if fault.is_about(operation, method, path) {
                *seen += 1;
                if due.is_none() && fault.is_due(*seen) {
                    due = Some(fault.clone());
                }
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_counts_and_the_first_that_is_due_acts() {
        let faults = Faults::default();
        let script = r#"
            [[faults]]
            on = "identity"
            requests = 2
            drop = true

            [[faults]]
            on = "GET /me"
            requests = "2..3"
            stall = true
        "#;
        faults.plan(Script::from_toml(script).expect("a good script"));

        let labels: Vec<_> = (0..4)
            .map(|_| faults.due(Some(Operation::Identity), &Method::GET, "/me"))
            .map(|due| due.map(|fault| fault.label.to_string()))
            .collect();

        let expected = [None, Some("drop".to_owned()), Some("stall".to_owned()), None];
        assert_eq!(labels, expected);
        assert!(faults.due(None, &Method::GET, "/other").is_none());
    }
}
