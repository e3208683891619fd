//! The journal as an HTTP Archive 1.2, which a browser's developer tools open.

use serde_json::{Value, json};

use crate::exchange::Record;
use crate::journal::Journal;

impl Journal {
    /// What is kept, as an HTTP Archive (HAR 1.2). How long each exchange took is not known: it
    /// says 0, and the protocol's version is always 1.1.
    pub fn to_har(&self) -> Value {
        let records = self.records_since(0);
        let entries: Vec<_> = records.map(|(number, record)| self.entry(number, &record)).collect();
        json!({ "log": {
            "version": "1.2",
            "creator": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
            "entries": entries,
        } })
    }

    fn entry(&self, number: u64, record: &Record) -> Value {
        let exchange = record.exchange(number);
        let scheme = if record.secure { "https" } else { "http" };
        let host = exchange.header("host").unwrap_or_default();
        let mark = if exchange.query.is_empty() { "" } else { "?" };
        let url = format!("{scheme}://{host}{}{mark}{}", exchange.path, exchange.query);
        let query: Vec<_> = form_urlencoded::parse(exchange.query.as_bytes())
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        let mut request = json!({
            "method": exchange.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": pairs(&exchange.headers),
            "queryString": query,
            "headersSize": -1,
            "bodySize": exchange.body.len(),
        });
        if !exchange.body.is_empty() {
            let kind = exchange.header("content-type").unwrap_or_default();
            request["postData"] = json!({ "mimeType": kind, "text": exchange.body });
        }
        json!({
            "startedDateTime": self.date(exchange.at_ms),
            "time": 0,
            "request": request,
            "response": {
                "status": exchange.status,
                "statusText": "",
                "httpVersion": "HTTP/1.1",
                "cookies": [],
                "headers": pairs(&exchange.reply_headers),
                "content": {
                    "size": exchange.reply_body.len(),
                    "mimeType": exchange.reply_header("content-type").unwrap_or_default(),
                    "text": exchange.reply_body,
                },
                "redirectURL": exchange.reply_header("location").unwrap_or_default(),
                "headersSize": -1,
                "bodySize": exchange.reply_body.len(),
            },
            "cache": {},
            "timings": { "send": 0, "wait": 0, "receive": 0 },
            "_origin": exchange.origin,
            "_operation": exchange.operation,
            "_fault": exchange.fault,
            "_complaint": exchange.complaint,
        })
    }

    /// The machine's date so many milliseconds after the platform's start, ISO 8601.
    fn date(&self, at_ms: u64) -> String {
        let date = self.started_at() + std::time::Duration::from_millis(at_ms);
        jiff::Timestamp::try_from(date).map_or_else(|_| String::new(), |date| format!("{date:.3}"))
    }
}

fn pairs(headers: &[(String, String)]) -> Vec<Value> {
    headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}
