//! The file in which a platform's state survives a restart: an embedded database of accounts,
//! clients, keys, tokens and their families, and the signing key. What is kept as a hash in memory
//! is kept as that hash here. Logins, codes and approvals that are under way are not kept.
//!
//! It is written before an answer is sent: who has a key in hand finds it good after a restart,
//! however the platform ended.

use std::collections::HashSet;
use std::fs::Permissions;
use std::hash::Hash;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use redb::{
    Database, DatabaseError, ReadOnlyDatabase, ReadableDatabase, ReadableTable as _,
    TableDefinition, TableError,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StartError;
use crate::signer::{KeptKey, NoSigningKey};
use crate::state::Changes;

/// What the file says of itself. A change of what stands in it changes this.
const VERSION: &str = "mock platform state, version 1";
const VERSION_KEY: &[u8] = b"version";
/// What the accounts and keys of the profile look like.
const PROFILE_KEY: &[u8] = b"profile";
/// The signing key.
const SIGNING_KEY: &[u8] = b"signing key";
/// The row of [`Table::About`] that is whether personal tokens are allowed.
pub(crate) const PERSONAL_TOKENS: &[u8] = b"personal tokens";

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// What is there once.
    About,
    Accounts,
    Clients,
    Keys,
    Families,
    AccessTokens,
    RefreshTokens,
}

/// Of bytes to bytes: what a key and a value are, the table's owner knows.
type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

const TABLES: [(Table, Definition); 7] = [
    (Table::About, TableDefinition::new("about")),
    (Table::Accounts, TableDefinition::new("accounts")),
    (Table::Clients, TableDefinition::new("clients")),
    (Table::Keys, TableDefinition::new("keys")),
    (Table::Families, TableDefinition::new("families")),
    (Table::AccessTokens, TableDefinition::new("access tokens")),
    (Table::RefreshTokens, TableDefinition::new("refresh tokens")),
];

/// One row: its value as JSON, or none where it is no more.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) table: Table,
    pub(crate) key: Vec<u8>,
    value: Option<Vec<u8>>,
}

impl Row {
    pub(crate) fn new(table: Table, key: &[u8], value: Option<&impl Serialize>) -> Self {
        // What the state is made of has text for names, so that it can be written as JSON.
        let value = value.and_then(|value| serde_json::to_vec(value).ok());
        Self { table, key: key.to_vec(), value }
    }

    /// The value; none where this program did not write it.
    pub(crate) fn value<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(self.value.as_deref()?).ok()
    }
}

/// The keys of what has changed since it was last written, if anybody writes.
#[derive(Debug)]
pub(crate) struct Touched<K>(Option<HashSet<K>>);

impl<K> Default for Touched<K> {
    /// Nobody writes.
    fn default() -> Self {
        Self(None)
    }
}

impl<K: Eq + Hash> Touched<K> {
    /// From now on somebody writes: these first, and what changes.
    pub(crate) fn watch(&mut self, first: impl IntoIterator<Item = K>) {
        self.0.get_or_insert_default().extend(first);
    }

    pub(crate) fn note(&mut self, key: K) {
        if let Some(keys) = &mut self.0 {
            keys.insert(key);
        }
    }

    pub(crate) fn take(&mut self) -> HashSet<K> {
        self.0.as_mut().map(std::mem::take).unwrap_or_default()
    }
}

/// A file, and what stood in it.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) file: StateFile,
    pub(crate) key: KeptKey,
    /// All rows; none where the file is new.
    pub(crate) rows: Option<Vec<Row>>,
}

/// The file; from `take_over` on, or from its making, it is open and nobody else opens it.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// One writes at a time, and in the order in which the changes were taken. None until
    /// it is taken over, and once closed.
    database: Mutex<Option<Database>>,
}

/// The state's file cannot be used. It is left as it was.
#[derive(Debug, thiserror::Error)]
#[error("the state file `{}` {problem}", path.display())]
pub struct StateFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl StateFile {
    /// Reads the file, or makes it. One that was there is still to be taken over. `profile` must be
    /// the same as when it was made, and `key` is written to a new one.
    pub(crate) fn open(
        path: &Path,
        profile: &str,
        key: impl FnOnce() -> Result<KeptKey, NoSigningKey>,
    ) -> Result<Kept, StartError> {
        let file = Self { path: path.to_owned(), database: Mutex::new(None) };
        if std::fs::metadata(path).is_ok_and(|about| about.len() > 0) {
            let rows = understood(path, profile).map_err(|problem| file.wrong(&problem))?;
            let key = about(&rows, SIGNING_KEY).and_then(Row::value);
            let key = key.ok_or_else(|| file.wrong("has no signing key"))?;
            return Ok(Kept { file, key, rows: Some(rows) });
        }
        make_private(path).map_err(|error| file.wrong(&format!("cannot be made: {error}")))?;
        file.write_to(Database::create(path))?;
        let key = key()?;
        let rows = vec![
            Row::new(Table::About, VERSION_KEY, Some(&VERSION)),
            Row::new(Table::About, PROFILE_KEY, Some(&profile)),
            Row::new(Table::About, SIGNING_KEY, Some(&key)),
        ];
        file.write_next(|| Some(Changes { rows, anew: false }))?;
        Ok(Kept { file, key, rows: None })
    }

    /// Writes what `changes` gives, in one piece. It is asked once nobody else writes, so that
    /// changes are written in their order.
    pub(crate) fn write_next(
        &self,
        changes: impl FnOnce() -> Option<Changes>,
    ) -> Result<(), StateFileError> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(database) = database.as_ref() else { return Ok(()) };
        match changes() {
            None => Ok(()),
            Some(Changes { rows, anew }) => write(database, &rows, anew)
                .map_err(|error| self.wrong(&format!("cannot be written: {error}"))),
        }
    }

    /// The file cannot be used, because of that; what to do is added.
    pub(crate) fn wrong(&self, problem: &str) -> StateFileError {
        let problem = format!("{problem}; name another file");
        StateFileError { path: self.path.clone(), problem }
    }

    /// Takes a file over that was there and was found good. To open it for writing changes it, and
    /// repairs it where nobody closed it, so one that is refused is never opened.
    pub(crate) fn take_over(&self) -> Result<(), StateFileError> {
        self.write_to(Database::open(&self.path))
    }

    /// Writes to this database from now on. Nobody but its owner may read the file, whoever could
    /// before: a signing key is in it.
    fn write_to(&self, database: Result<Database, DatabaseError>) -> Result<(), StateFileError> {
        let database =
            database.map_err(|error| self.wrong(&format!("cannot be opened: {error}")))?;
        *self.database.lock().unwrap_or_else(PoisonError::into_inner) = Some(database);
        std::fs::set_permissions(&self.path, Permissions::from_mode(0o600))
            .map_err(|error| self.wrong(&format!("cannot be made private: {error}")))
    }

    /// Lets others open the file. Nothing is written any more.
    pub(crate) fn close(&self) {
        *self.database.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// All rows of a file that is a platform's state and of this profile, or what is wrong with it. The
/// file is only read. One that a platform had no time to close is repaired in a copy, to be read.
fn understood(path: &Path, profile: &str) -> Result<Vec<Row>, String> {
    let rows = match ReadOnlyDatabase::open(path) {
        Ok(database) => read(&database),
        Err(DatabaseError::DatabaseAlreadyOpen) => {
            return Err("is another platform's, which runs".into());
        }
        Err(_) => return repaired(path, profile),
    };
    let rows = rows.map_err(|error| format!("cannot be read: {error}"))?;
    fits(&rows, profile)?;
    Ok(rows)
}

fn repaired(path: &Path, profile: &str) -> Result<Vec<Row>, String> {
    let trouble = |error: &dyn std::fmt::Display| format!("cannot be understood: {error}");
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let copy = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")));
    let copy = copy.map_err(|error| trouble(&error))?;
    std::fs::copy(path, &copy).map_err(|error| trouble(&error))?;
    let database = Database::open(&copy).map_err(|error| trouble(&error))?;
    let rows = read(&database).map_err(|error| trouble(&error))?;
    fits(&rows, profile)?;
    Ok(rows)
}

fn fits(rows: &[Row], profile: &str) -> Result<(), String> {
    let text = |name| about(rows, name).and_then(Row::value::<String>);
    match (text(VERSION_KEY).as_deref(), text(PROFILE_KEY)) {
        (Some(VERSION), Some(kept)) if kept == profile => Ok(()),
        (Some(VERSION), Some(_)) => {
            Err("is of a profile with other accounts, keys or tokens".into())
        }
        _ => Err("is no state of a platform".into()),
    }
}

fn about<'a>(rows: &'a [Row], name: &[u8]) -> Option<&'a Row> {
    rows.iter().find(|row| row.table == Table::About && row.key == name)
}

fn read(database: &impl ReadableDatabase) -> Result<Vec<Row>, redb::Error> {
    let reading = database.begin_read()?;
    let mut rows = Vec::new();
    for (table, definition) in TABLES {
        let open = match reading.open_table(definition) {
            Err(TableError::TableDoesNotExist(_)) => continue,
            open => open?,
        };
        for row in open.iter()? {
            let (key, value) = row?;
            let (key, value) = (key.value().to_vec(), Some(value.value().to_vec()));
            rows.push(Row { table, key, value });
        }
    }
    Ok(rows)
}

fn write(database: &Database, rows: &[Row], anew: bool) -> Result<(), redb::Error> {
    let writing = database.begin_write()?;
    for (table, definition) in TABLES {
        if anew && table != Table::About {
            writing.delete_table(definition)?;
        }
        let mut open = writing.open_table(definition)?;
        for row in rows.iter().filter(|row| row.table == table) {
            match &row.value {
                Some(value) => open.insert(row.key.as_slice(), value.as_slice())?,
                None => open.remove(row.key.as_slice())?,
            };
        }
    }
    writing.commit()?;
    Ok(())
}

/// Makes an empty file that its owner alone may read: a signing key will be in it.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true).mode(0o600).open(path).map(drop)
}
