//! The words of one exchange: both heads and both bodies, in one allocation.

use std::fmt;

use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;

use crate::reply::Reply;

/// How much of a body is kept: 64 KiB.
const BODY_KEPT: usize = 64 * 1024;

/// The bytes that come before each piece: its length.
const LENGTH: usize = size_of::<u32>();

/// What was sent and answered, as bytes. They are copied: what a head or a body is made of is a
/// slice of the buffer that its connection reads into, and a journal that held on to it would have
/// every request read into a new one.
pub(crate) struct Transcript {
    /// Each piece behind its length: method, path, query, body, the answer's body, and then name
    /// and value of each header.
    pieces: Vec<u8>,
    /// How many of the headers are the request's, which come first.
    request_headers: usize,
}

/// A transcript, piece by piece.
pub(crate) struct Pieces<'a> {
    pub(crate) method: &'a [u8],
    pub(crate) path: &'a [u8],
    pub(crate) query: &'a [u8],
    pub(crate) body: &'a [u8],
    pub(crate) reply_body: &'a [u8],
    pub(crate) headers: Vec<(&'a [u8], &'a [u8])>,
    pub(crate) reply_headers: Vec<(&'a [u8], &'a [u8])>,
}

impl Transcript {
    /// Of a request, and of its answer where there was one. Bodies are cut.
    pub(crate) fn of(head: &Parts, body: &[u8], reply: Option<&Reply>) -> Self {
        let reply_body = reply.map_or(&[][..], |reply| &reply.body);
        let bodies = [body, reply_body].map(|body| &body[..body.len().min(BODY_KEPT)]);
        let path = head.uri.path().as_bytes();
        let query = head.uri.query().unwrap_or_default().as_bytes();
        let fixed = [head.method.as_str().as_bytes(), path, query, bodies[0], bodies[1]];
        let reply_headers = || reply.iter().flat_map(|reply| &reply.headers);
        let headers = || head.headers.iter().chain(reply_headers()).flat_map(both);
        let pieces = || fixed.into_iter().chain(headers());
        let length = pieces().map(|piece| LENGTH + piece.len()).sum();
        let mut written = Vec::with_capacity(length);
        for piece in pieces() {
            // Both ends of a connection limit what comes and goes to far less.
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            written.extend_from_slice(&length.to_le_bytes());
            written.extend_from_slice(piece);
        }
        Self { pieces: written, request_headers: head.headers.len() }
    }

    /// All of it, to be read.
    pub(crate) fn pieces(&self) -> Pieces<'_> {
        let mut rest = self.pieces.as_slice();
        let mut next = || next_piece(&mut rest).unwrap_or_default();
        let (method, path, query, body, reply_body) = (next(), next(), next(), next(), next());
        let headers = (0..self.request_headers).map(|_| (next(), next())).collect();
        let reply_headers =
            std::iter::from_fn(|| Some((next_piece(&mut rest)?, next_piece(&mut rest)?)));
        let reply_headers = reply_headers.collect();
        Pieces { method, path, query, body, reply_body, headers, reply_headers }
    }
}

/// The first piece of `rest`, which then begins behind it.
fn next_piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk::<LENGTH>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (piece, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(piece)
}

fn both<'a>((name, value): (&'a HeaderName, &'a HeaderValue)) -> [&'a [u8]; 2] {
    [name.as_str().as_bytes(), value.as_bytes()]
}

/// No query, header or body, since they hold secrets.
impl fmt::Debug for Transcript {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Pieces { method, path, .. } = self.pieces();
        let [method, path] = [method, path].map(String::from_utf8_lossy);
        formatter.debug_struct("Transcript").field("method", &method).field("path", &path).finish()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::{HeaderMap, HeaderValue};
    use hyper::{Request, StatusCode};

    use super::*;

    fn head() -> Parts {
        let request = Request::post("/a%20b?c=d").header("x-one", "1").header("x-two", &[0xff][..]);
        request.body(()).expect("a request").into_parts().0
    }

    fn reply(body: &'static [u8]) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("x-three", HeaderValue::from_static(""));
        let (status, body) = (StatusCode::OK, Bytes::from_static(body));
        Reply { status, headers, body, complaint: None }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let transcript = Transcript::of(&head(), b"asked", Some(&reply(b"answered")));
        let pieces = transcript.pieces();
        assert_eq!(pieces.method, b"POST");
        assert_eq!(pieces.path, b"/a%20b");
        assert_eq!(pieces.query, b"c=d");
        assert_eq!(pieces.body, b"asked");
        assert_eq!(pieces.reply_body, b"answered");
        assert_eq!(pieces.headers, [(&b"x-one"[..], &b"1"[..]), (b"x-two", b"\xff")]);
        assert_eq!(pieces.reply_headers, [(&b"x-three"[..], &b""[..])]);
    }

    #[test]
    fn where_there_was_no_answer_there_is_none() {
        let transcript = Transcript::of(&head(), b"", None);
        let pieces = transcript.pieces();
        assert_eq!(pieces.headers.len(), 2);
        assert!(pieces.reply_headers.is_empty() && pieces.reply_body.is_empty());
    }

    #[test]
    fn long_bodies_are_cut() {
        static LONG: [u8; BODY_KEPT + 1] = [b'a'; BODY_KEPT + 1];
        let transcript = Transcript::of(&head(), &LONG, Some(&reply(&LONG)));
        let pieces = transcript.pieces();
        assert_eq!([pieces.body.len(), pieces.reply_body.len()], [BODY_KEPT; 2]);
        assert_eq!(pieces.headers.len(), 2);
    }
}
