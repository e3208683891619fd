//! What of the state survives a restart, as rows of a file.

use crate::state::State;
use crate::state_file::{PERSONAL_TOKENS, Row, Table, Touched};

/// What has changed of the state itself.
#[derive(Debug, Default)]
pub(super) struct TouchedState {
    accounts: Touched<usize>,
    /// Whether personal tokens are allowed, as it was written last.
    personal_tokens: Option<bool>,
    /// Whether somebody writes.
    watched: bool,
    /// Whether nothing of what was written before is to stay.
    anew: bool,
}

/// What is to be written.
#[derive(Debug)]
pub(crate) struct Changes {
    pub(crate) rows: Vec<Row>,
    /// Whether nothing else is to be in the file.
    pub(crate) anew: bool,
}

impl TouchedState {
    pub(super) fn note_account(&mut self, place: usize) {
        self.accounts.note(place);
    }
}

impl State {
    /// From now on changes are to be written; all that is there, too, in the place of what was
    /// written before, if that is said.
    pub(crate) fn watch(&mut self, all: bool) {
        self.touched.watched = true;
        self.touched.anew |= all;
        self.touched.accounts.watch((0..self.accounts.len()).filter(|_| all));
        self.touched.personal_tokens = self.touched.personal_tokens.filter(|_| !all);
        self.clients.watch(all);
        self.keyring.watch(all);
        self.tokens.watch(all);
    }

    /// What has changed since the last time; none if nothing has, or nobody writes.
    pub(crate) fn changes(&mut self) -> Option<Changes> {
        if !self.touched.watched {
            return None;
        }
        let mut rows = Vec::new();
        for place in self.touched.accounts.take() {
            let account = self.accounts.get(place);
            rows.push(Row::new(Table::Accounts, &place.to_be_bytes(), account));
        }
        if self.touched.personal_tokens != Some(self.personal_tokens) {
            self.touched.personal_tokens = Some(self.personal_tokens);
            rows.push(Row::new(Table::About, PERSONAL_TOKENS, Some(&self.personal_tokens)));
        }
        self.clients.changed(&mut rows);
        self.keyring.changed(&mut rows);
        self.tokens.changed(&mut rows);
        let anew = std::mem::take(&mut self.touched.anew);
        (anew || !rows.is_empty()).then_some(Changes { rows, anew })
    }

    /// Becomes what a file has; none where a row is not this program's.
    pub(crate) fn restore(&mut self, rows: &[Row]) -> Option<()> {
        self.accounts.clear();
        let mut secrets = Vec::new();
        for row in rows {
            match row.table {
                Table::About if row.key == PERSONAL_TOKENS => {
                    self.personal_tokens = row.value()?;
                    self.touched.personal_tokens = Some(self.personal_tokens);
                }
                // They come in the order of their places.
                Table::Accounts => self.accounts.push(row.value()?),
                Table::Clients => self.clients.restore(row, &mut secrets)?,
                Table::Keys => self.keyring.restore(row)?,
                Table::About | Table::Families | Table::AccessTokens | Table::RefreshTokens => {}
            }
        }
        self.tokens.restore(rows)?;
        for secret in secrets {
            self.remember(secret);
        }
        // Everybody relies on the signed-in person and on somebody else.
        (self.accounts.len() >= 2).then_some(())
    }
}
