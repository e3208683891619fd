//! API keys. A key is kept as its SHA-256 hash, never itself, and found by it.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::profile::KeysProfile;
use crate::reply::Reason;
use crate::secret::{Hash, NamedSecret, Secret, hash, random_alphanumeric};
use crate::state_file::{Row, Table, Touched};

/// What the platform knows of a key: everything but the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The name for the API.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The part of the key that may be shown.
    pub prefix: String,
    /// The SHA-256 hash of the key, 64 hexadecimal digits.
    pub sha256: String,
    /// When it was made, milliseconds since 1970 by the platform's clock.
    pub created_at_ms: u64,
    /// When it was last used, likewise.
    pub last_used_at_ms: Option<u64>,
    /// When it ends by itself, likewise; none if it does not.
    #[serde(default)]
    pub expires_at_ms: Option<u64>,
}

/// A new key, and the only copy of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintedKey {
    /// The name for the API.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The part of the key that may be shown.
    pub prefix: String,
    /// The key.
    pub secret: Secret,
}

/// Whose a key is: the account's place in the state's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct AccountId(pub(crate) usize);

/// A key as the state holds it. Clones share its texts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyEntry {
    pub(crate) id: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) prefix: Arc<str>,
    pub(crate) created_at_ms: u64,
    pub(crate) last_used_at_ms: Option<u64>,
    pub(crate) expires_at_ms: Option<u64>,
    /// Not written to a file: it is what the entry is found by there.
    #[serde(skip)]
    hash: Hash,
    owner: AccountId,
    /// The how-manieth key of the platform it is.
    number: usize,
    /// Kept after its end, to say "revoked" rather than "unknown".
    revoked: bool,
}

/// All keys of the platform.
#[derive(Debug)]
pub(crate) struct Keyring {
    profile: KeysProfile,
    by_hash: HashMap<Hash, KeyEntry>,
    hash_by_id: HashMap<Arc<str>, Hash>,
    /// By whose they are, and by their numbers.
    hash_by_owner: BTreeMap<(AccountId, usize), Hash>,
    touched: Touched<Hash>,
}

/// Why a key was not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotRevoked {
    Unknown,
    Foreign,
}

impl Keyring {
    pub(crate) fn new(profile: KeysProfile) -> Self {
        Self {
            profile,
            by_hash: HashMap::new(),
            hash_by_id: HashMap::new(),
            hash_by_owner: BTreeMap::new(),
            touched: Touched::default(),
        }
    }

    /// Makes a key, whatever the limit says.
    pub(crate) fn mint(
        &mut self,
        owner: AccountId,
        name: &str,
        now_ms: u64,
    ) -> (&KeyEntry, NamedSecret) {
        let secret = self.profile.format.mint();
        let hash = hash(secret.expose());
        let entry = KeyEntry {
            id: format!("key_{}", random_alphanumeric(16)).into(),
            name: name.into(),
            prefix: secret.expose()[..self.profile.prefix.length()].into(),
            created_at_ms: now_ms,
            last_used_at_ms: None,
            expires_at_ms: None,
            hash,
            owner,
            number: self.by_hash.len() + 1,
            revoked: false,
        };
        let named = NamedSecret { name: format!("key {name} #{}", entry.number), value: secret };
        self.hash_by_id.insert(entry.id.clone(), hash);
        self.hash_by_owner.insert((owner, entry.number), hash);
        self.touched.note(hash);
        (self.by_hash.entry(hash).insert_entry(entry).into_mut(), named)
    }

    /// Whether `owner` has as many keys as an account may have.
    pub(crate) fn is_full(&self, owner: AccountId) -> bool {
        self.profile.limit.is_some_and(|limit| self.unrevoked(owner).count() >= limit)
    }

    /// How many keys an account may have, if there is a limit.
    pub(crate) fn limit(&self) -> Option<usize> {
        self.profile.limit
    }

    /// How many keys `owner` ever had, for a lapse.
    pub(crate) fn ever(&self, owner: AccountId) -> usize {
        self.of_owner(owner).count()
    }

    /// The hash of the key that begins as `key` does, for a lapse.
    pub(crate) fn by_prefix(&self, key: &str) -> Option<Hash> {
        let found = self.by_hash.values().find(|entry| key.starts_with(&*entry.prefix));
        found.map(|entry| entry.hash)
    }

    /// Takes back the end of a key, for a lapse.
    pub(crate) fn revive(&mut self, hash: &Hash) {
        if let Some(entry) = self.by_hash.get_mut(hash) {
            entry.revoked = false;
        }
    }

    /// Finds a key that is good, and notes that it was used. None: no key has this hash.
    pub(crate) fn use_key(
        &mut self,
        hash: &Hash,
        now_ms: u64,
    ) -> Option<Result<(AccountId, &KeyEntry), Reason>> {
        let entry = self.by_hash.get_mut(hash)?;
        if let Some(reason) = entry.end(now_ms) {
            return Some(Err(reason));
        }
        entry.last_used_at_ms = Some(now_ms);
        self.touched.note(*hash);
        Some(Ok((entry.owner, entry)))
    }

    /// Finds the key with this hash, good or not, and whose it is. Looking at it is no use of it.
    pub(crate) fn find(&self, hash: &Hash) -> Option<(AccountId, &KeyEntry)> {
        let entry = self.by_hash.get(hash)?;
        Some((entry.owner, entry))
    }

    /// Says when a key ends by itself.
    pub(crate) fn expire(&mut self, id: &str, at_ms: u64) {
        let hash = self.hash_by_id.get(id);
        if let Some(entry) = hash.and_then(|hash| self.by_hash.get_mut(hash)) {
            entry.expires_at_ms = Some(at_ms);
            self.touched.note(entry.hash);
        }
    }

    /// Ends a key; `by` must be its owner, where it is given.
    pub(crate) fn revoke(&mut self, id: &str, by: Option<AccountId>) -> Result<(), NotRevoked> {
        let entry = self
            .hash_by_id
            .get(id)
            .and_then(|hash| self.by_hash.get_mut(hash))
            .filter(|entry| !entry.revoked)
            .ok_or(NotRevoked::Unknown)?;
        if by.is_some_and(|account| account != entry.owner) {
            return Err(NotRevoked::Foreign);
        }
        entry.revoked = true;
        self.touched.note(entry.hash);
        Ok(())
    }

    /// The keys of an account that were not revoked, oldest first.
    pub(crate) fn list(&self, owner: AccountId) -> Vec<&KeyEntry> {
        self.unrevoked(owner).collect()
    }

    /// From now on changes are to be written; all that is there, too, if that is said.
    pub(crate) fn watch(&mut self, all: bool) {
        let first = self.by_hash.keys().copied();
        self.touched.watch(first.filter(|_| all));
    }

    /// What has changed since the last time.
    pub(crate) fn changed(&mut self, rows: &mut Vec<Row>) {
        let rows_of = |hash: Hash| Row::new(Table::Keys, &hash, self.by_hash.get(&hash));
        rows.extend(self.touched.take().into_iter().map(rows_of));
    }

    /// Takes a key back in; none where the row is not this program's.
    pub(crate) fn restore(&mut self, row: &Row) -> Option<()> {
        let hash = row.key.as_slice().try_into().ok()?;
        let entry = KeyEntry { hash, ..row.value()? };
        self.hash_by_id.insert(Arc::clone(&entry.id), hash);
        self.hash_by_owner.insert((entry.owner, entry.number), hash);
        self.by_hash.insert(hash, entry);
        Some(())
    }

    /// The keys of an account that were not revoked, oldest first.
    fn unrevoked(&self, owner: AccountId) -> impl Iterator<Item = &KeyEntry> {
        self.of_owner(owner).filter(|entry| !entry.revoked)
    }

    /// The keys that an account ever had, oldest first.
    fn of_owner(&self, owner: AccountId) -> impl Iterator<Item = &KeyEntry> {
        let hashes = self.hash_by_owner.range((owner, 0)..=(owner, usize::MAX));
        hashes.filter_map(|(_, hash)| self.by_hash.get(hash))
    }
}

impl KeyEntry {
    /// Why the key is no good any more, if it is not.
    pub(crate) fn end(&self, now_ms: u64) -> Option<Reason> {
        if self.revoked {
            Some(Reason::Revoked)
        } else {
            let expired = self.expires_at_ms.is_some_and(|at_ms| at_ms <= now_ms);
            expired.then_some(Reason::Expired)
        }
    }

    pub(crate) fn record(&self) -> KeyRecord {
        let mut sha256 = String::with_capacity(64);
        for byte in self.hash {
            // Writing into a string cannot fail.
            let _ = write!(sha256, "{byte:02x}");
        }
        KeyRecord {
            id: self.id.to_string(),
            name: self.name.to_string(),
            prefix: self.prefix.to_string(),
            sha256,
            created_at_ms: self.created_at_ms,
            last_used_at_ms: self.last_used_at_ms,
            expires_at_ms: self.expires_at_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: AccountId = AccountId(0);
    const EVE: AccountId = AccountId(1);

    fn keyring() -> Keyring {
        let profile = toml::from_str("format = 'k_{8}_{24}'\nprefix = 'k_{8}'\nlimit = 2");
        Keyring::new(profile.expect("a good profile"))
    }

    fn mint(keyring: &mut Keyring, owner: AccountId) -> (String, Secret) {
        let (entry, named) = keyring.mint(owner, "laptop", 7);
        (entry.id.to_string(), named.value)
    }

    #[test]
    fn a_key_is_kept_as_prefix_and_hash_only() {
        let mut keyring = keyring();
        let (_, secret) = mint(&mut keyring, ADA);

        let record = keyring.list(ADA)[0].record();

        assert_eq!(record.prefix, secret.expose()[..10]);
        assert_eq!(record.sha256.len(), 64);
        assert!(!format!("{keyring:?}").contains(&secret.expose()[10..]));
    }

    #[test]
    fn use_is_dated() {
        let mut keyring = keyring();
        let (_, secret) = mint(&mut keyring, ADA);
        assert_eq!(keyring.list(ADA)[0].last_used_at_ms, None);

        let used = keyring.use_key(&hash(secret.expose()), 99);
        let used = used.expect("known").map(|(owner, _)| owner);

        assert_eq!(used, Ok(ADA));
        assert_eq!(keyring.list(ADA)[0].last_used_at_ms, Some(99));
    }

    #[test]
    fn a_revoked_key_is_refused_and_makes_room() {
        let mut keyring = keyring();
        let (id, secret) = mint(&mut keyring, ADA);
        mint(&mut keyring, ADA);
        assert!(keyring.is_full(ADA));

        assert_eq!(keyring.revoke(&id, Some(ADA)), Ok(()));

        assert!(!keyring.is_full(ADA));
        assert_eq!(
            keyring.use_key(&hash(secret.expose()), 1).map(Result::err),
            Some(Some(Reason::Revoked))
        );
        assert_eq!(keyring.revoke(&id, Some(ADA)), Err(NotRevoked::Unknown));
    }

    #[test]
    fn a_key_may_end_by_itself() {
        let mut keyring = keyring();
        let (id, secret) = mint(&mut keyring, ADA);
        keyring.expire(&id, 10);

        let hash = hash(secret.expose());

        assert!(keyring.use_key(&hash, 9).is_some_and(|used| used.is_ok()));
        let late = keyring.use_key(&hash, 10).map(Result::err);
        assert_eq!(late, Some(Some(Reason::Expired)));
    }

    #[test]
    fn another_accounts_key_is_neither_listed_nor_counted_nor_revoked() {
        let mut keyring = keyring();
        let (id, _) = mint(&mut keyring, EVE);
        mint(&mut keyring, EVE);

        assert!(keyring.list(ADA).is_empty());
        assert!(!keyring.is_full(ADA));
        assert_eq!(keyring.revoke(&id, Some(ADA)), Err(NotRevoked::Foreign));
        assert_eq!(keyring.revoke(&id, None), Ok(()));
    }

    #[test]
    fn keys_are_listed_oldest_first() {
        let mut keyring = keyring();
        let minted: Vec<_> = (0..50).map(|_| mint(&mut keyring, ADA).0).collect();

        let listed: Vec<_> = keyring.list(ADA).into_iter().map(|key| &*key.id).collect();

        assert_eq!(listed, minted.iter().collect::<Vec<_>>());
    }
}
