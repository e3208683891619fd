//! Request bodies, read to their end or to a limit.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Frame};
use tokio::time::error::Elapsed;

/// The longest request body that is understood: 1 MiB.
const LIMIT: usize = 1024 * 1024;
/// How much of a longer one is read and thrown away, so that its sender gets to see the refusal.
const DRAINED: usize = 16 * LIMIT;

/// A body, and what was wrong with it. Of one that is too long, the start is there: a journal that
/// had nothing of it would not tell what was sent.
pub(crate) struct ReadBody {
    pub(crate) bytes: Bytes,
    pub(crate) complaint: Option<&'static str>,
}

/// How long a client may take between two pieces of a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads a body. One that is too long is cut, and read on for a while.
pub(crate) async fn read(mut body: Body) -> ReadBody {
    let mut bytes = Bytes::new();
    let mut complaint = None;
    let mut length = 0;
    while !body.is_end_stream() && length <= DRAINED {
        let Ok(frame) = next_frame(&mut body).await else {
            complaint = Some("the body does not go on");
            break;
        };
        match frame {
            None => break,
            Some(Err(_)) => {
                complaint = Some("the body ends too soon");
                break;
            }
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    length += data.len();
                    let room = LIMIT - bytes.len();
                    bytes = joined(bytes, data.slice(..data.len().min(room)));
                }
            }
        }
    }
    if length > LIMIT {
        complaint = Some("the body is too long");
    }
    ReadBody { bytes, complaint }
}

/// The next piece. A connection hands on what has come only once it was asked for, so that most
/// pieces are there at the second look: a timer is set for the others alone.
async fn next_frame(body: &mut Body) -> Result<Option<Result<Frame<Bytes>, axum::Error>>, Elapsed> {
    let mut frame = pin!(body.frame());
    let mut is_first = true;
    let soon = poll_fn(|context| match frame.as_mut().poll(context) {
        Poll::Ready(frame) => Poll::Ready(Some(frame)),
        Poll::Pending if is_first => {
            is_first = false;
            context.waker().wake_by_ref();
            Poll::Pending
        }
        Poll::Pending => Poll::Ready(None),
    });
    match soon.await {
        Some(frame) => Ok(frame),
        None => tokio::time::timeout(PATIENCE, frame).await,
    }
}

/// Puts a piece behind what is there. Most bodies are of one piece, which is not copied.
fn joined(bytes: Bytes, piece: Bytes) -> Bytes {
    if bytes.is_empty() {
        return piece;
    }
    let mut both = BytesMut::from(bytes);
    both.extend_from_slice(&piece);
    both.freeze()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::Context;

    use super::*;

    /// Never goes on.
    struct Silent;

    impl hyper::body::Body for Silent {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_go_on_is_given_up() {
        let begin = tokio::time::Instant::now();
        let body = read(Body::new(Silent)).await;
        assert_eq!(body.complaint, Some("the body does not go on"));
        assert_eq!(begin.elapsed().as_secs(), PATIENCE.as_secs());
    }
}
