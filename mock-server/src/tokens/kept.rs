//! Tokens and their families as rows of a file.

use super::{AccessToken, Family, RefreshToken, Tokens};
use crate::secret::Hash;
use crate::state_file::{Row, Table, Touched};

/// What has changed.
#[derive(Debug, Default)]
pub(super) struct TouchedTokens {
    pub(super) families: Touched<u64>,
    pub(super) access: Touched<Hash>,
    pub(super) refresh: Touched<Hash>,
}

impl Tokens {
    /// From now on changes are to be written; all that is there, too, if that is said.
    pub(crate) fn watch(&mut self, all: bool) {
        let touched = &mut self.touched;
        touched.families.watch(self.families.keys().copied().filter(|_| all));
        touched.access.watch(self.access.keys().copied().filter(|_| all));
        touched.refresh.watch(self.refresh.keys().copied().filter(|_| all));
    }

    /// What has changed since the last time.
    pub(crate) fn changed(&mut self, rows: &mut Vec<Row>) {
        let touched = &mut self.touched;
        for number in touched.families.take() {
            let family = self.families.get(&number);
            rows.push(Row::new(Table::Families, &number.to_be_bytes(), family));
        }
        for hash in touched.access.take() {
            rows.push(Row::new(Table::AccessTokens, &hash, self.access.get(&hash)));
        }
        for hash in touched.refresh.take() {
            rows.push(Row::new(Table::RefreshTokens, &hash, self.refresh.get(&hash)));
        }
    }

    /// Takes families and tokens back in, of which the families come first; none where a row is
    /// not this program's.
    pub(crate) fn restore(&mut self, rows: &[Row]) -> Option<()> {
        let mut access: Vec<(Hash, AccessToken)> = Vec::new();
        let mut refresh: Vec<(Hash, RefreshToken)> = Vec::new();
        for row in rows {
            let key = row.key.as_slice();
            match row.table {
                Table::Families => {
                    let number = u64::from_be_bytes(key.try_into().ok()?);
                    let family: Family = row.value()?;
                    self.families.insert(number, family);
                    self.order.push_back(number);
                }
                Table::AccessTokens => access.push((key.try_into().ok()?, row.value()?)),
                Table::RefreshTokens => refresh.push((key.try_into().ok()?, row.value()?)),
                _ => {}
            }
        }
        self.order.make_contiguous().sort_unstable();
        self.last_family = self.order.back().copied().unwrap_or_default();
        access.sort_by_key(|(_, token)| token.issued_at_ms);
        refresh.sort_by_key(|(_, token)| token.issued_at_ms);
        for (hash, token) in access {
            self.families.get_mut(&token.family)?.access.push_back(hash);
            self.access.insert(hash, token);
        }
        for (hash, token) in refresh {
            self.families.get_mut(&token.family)?.refresh.push_back(hash);
            self.refresh.insert(hash, token);
        }
        Some(())
    }
}
