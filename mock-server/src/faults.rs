//! The faults that are planned, each with the count of requests it has seen.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;

use crate::barrier::Barrier;
use crate::operation::Operation;
use crate::script::{Act, Fault, Script};

/// The faults that are planned.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    planned: Mutex<Vec<Planned>>,
}

#[derive(Debug)]
struct Planned {
    fault: Arc<Fault>,
    barrier: Option<Arc<Barrier>>,
    seen: u64,
}

/// A fault that takes a request.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) fault: Arc<Fault>,
    /// Where the request has to wait first.
    pub(crate) barrier: Option<Arc<Barrier>>,
}

/// A request, as far as a fault looks at it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) operation: Option<Operation>,
    pub(crate) head: &'a Parts,
    pub(crate) body: &'a Bytes,
}

impl Faults {
    /// Plans the script's faults behind those that are planned already.
    pub(crate) fn plan(&self, script: Script) {
        let planned = script.faults.into_iter().map(|fault| Planned {
            barrier: match fault.act {
                Act::Barrier { requests, patience } => {
                    Some(Arc::new(Barrier::new(requests, patience)))
                }
                _ => None,
            },
            fault: Arc::new(fault),
            seen: 0,
        });
        self.planned().extend(planned);
    }

    /// Plans nothing any more. Requests that were taken already stay taken.
    pub(crate) fn clear(&self) {
        self.planned().clear();
    }

    /// Counts a request, and returns the first fault that is due on it.
    pub(crate) fn due(&self, request: &Seen<'_>) -> Option<Due> {
        self.first_due(|fault| fault.is_about(request))
    }

    /// Counts a connection, and returns the first fault that is due on it.
    pub(crate) fn due_on_connection(&self) -> Option<Arc<Fault>> {
        self.first_due(Fault::is_about_connections).map(|due| due.fault)
    }

    /// Counts one more for every fault that is about it, and returns the first that is due.
    fn first_due(&self, is_about: impl Fn(&Fault) -> bool) -> Option<Due> {
        let mut due = None;
        for Planned { fault, barrier, seen } in &mut *self.planned() {
            if is_about(fault) {
                *seen += 1;
                if due.is_none() && fault.is_due(*seen) {
                    due = Some(Due { fault: Arc::clone(fault), barrier: barrier.clone() });
                }
            }
        }
        due
    }

    fn planned(&self) -> std::sync::MutexGuard<'_, Vec<Planned>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
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
        let request = |path: &str| hyper::Request::get(path).body(()).expect("a request");
        let (me, ()) = request("/me").into_parts();
        let (other, ()) = request("/other").into_parts();
        let body = Bytes::new();
        let seen = |head, operation| Seen { operation, head, body: &body };

        let labels: Vec<_> = (0..4)
            .map(|_| faults.due(&seen(&me, Some(Operation::Identity))))
            .map(|due| due.map(|due| due.fault.label.to_string()))
            .collect();

        let expected = [None, Some("drop".to_owned()), Some("stall".to_owned()), None];
        assert_eq!(labels, expected);
        assert!(faults.due(&seen(&other, None)).is_none());
        faults.clear();
        assert!(faults.planned().is_empty());
    }
}
