//! How many keys an account may have, and whose they are.

use super::keys::Key;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};

/// The limit, reached one by one.
pub static KEY_LIMIT: Part = Part {
    id: "key-limit",
    story: "keys are created up to the limit, one more is tried, and one is revoked to make room",
    needs: &[
        &need::KEY_CREATE,
        &need::KEY_LIST,
        &need::KEY_REVOKE,
        &need::KEY_LIMIT,
        &need::KEY,
        &need::WRITES,
    ],
    play: |play| Box::pin(limit(play)),
};

/// The limit, reached at once.
pub static KEY_RACE: Part = Part {
    id: "key-race",
    story: "keys are created up to one below the limit, and then many at once",
    needs: KEY_LIMIT.needs,
    play: |play| Box::pin(race(play)),
};

/// Somebody else's key.
pub static FOREIGN_KEY: Part = Part {
    id: "foreign-key",
    story: "the second account creates a key, and the first one tries to revoke it",
    needs: &[&need::KEY_CREATE, &need::KEY_REVOKE, &need::KEY, &need::SECOND_KEY, &need::WRITES],
    play: |play| Box::pin(foreign(play)),
};

impl Play<'_> {
    fn own_key(&self) -> Result<String, Halt> {
        let key = self.terms.grants.credentials.key.clone();
        key.ok_or_else(|| Halt::Stuck("there is no key".to_owned()))
    }

    /// How many keys are listed, as `name`.
    async fn count_keys(&mut self, name: &str, own: &str) -> Result<usize, Halt> {
        let Some(list) = self.list_keys(own) else { return stuck("there is no list of keys") };
        let reply = self.send(name, list).await?;
        match reply.json() {
            Some(json) if reply.is_success() => Ok(super::keys::items_of(&json).len()),
            _ => stuck(format!("`{name}` was answered {}", reply.describe())),
        }
    }

    /// Creates keys until there are `count`.
    async fn fill(&mut self, own: &str, count: usize) -> Result<Vec<Key>, Halt> {
        let there = self.count_keys("list", own).await?;
        let mut made = Vec::new();
        for number in there..count {
            made.push(self.key(&format!("fill#{}", number + 1), own).await?);
        }
        let now = self.count_keys("list-full", own).await?;
        self.keep("full", &now.to_string());
        Ok(made)
    }

    /// Revokes the keys at once: the next part needs the room.
    async fn empty(&mut self, own: &str, made: &[Key]) -> Result<(), Halt> {
        for (number, key) in made.iter().enumerate() {
            if let Some(revoke) = key.id.as_ref().and_then(|id| self.revoke_key(own, id)) {
                self.send(&format!("empty-{}", number + 1), revoke).await?;
            }
        }
        Ok(())
    }
}

async fn limit(play: &mut Play<'_>) -> Result<(), Halt> {
    let own = play.own_key()?;
    let most = play.terms.platform().keys.limit.unwrap_or_default();
    let mut made = play.fill(&own, most).await?;
    let ask = play.create_key(&own, "authspec one more")?;
    let reply = play.send("one-more", ask).await?;
    made.extend(play.note_key(&own, &reply));
    let Some(first) = made.first().and_then(|key| key.id.clone()) else {
        return stuck("the account is full of keys that are not the probe's: revoke one");
    };
    if let Some(revoke) = play.revoke_key(&own, &first) {
        play.send("revoke", revoke).await?;
        // So that a number that is counted from time to time is counted now.
        play.count_keys("list-after", &own).await?;
        let ask = play.create_key(&own, "authspec in its place")?;
        let reply = play.send("in-its-place", ask).await?;
        made.extend(play.note_key(&own, &reply));
    }
    play.empty(&own, &made[1..]).await
}

async fn race(play: &mut Play<'_>) -> Result<(), Halt> {
    let own = play.own_key()?;
    let most = play.terms.platform().keys.limit.unwrap_or_default();
    let mut made = play.fill(&own, most.saturating_sub(1)).await?;
    let replies = play.race("create", play.create_key(&own, "authspec race")?).await?;
    made.extend(replies.iter().filter_map(|reply| play.note_key(&own, reply)));
    play.empty(&own, &made).await
}

async fn foreign(play: &mut Play<'_>) -> Result<(), Halt> {
    let own = play.own_key()?;
    let second = play.terms.grants.credentials.second_key.clone().unwrap_or_default();
    let key = play.key("create", &second).await?;
    play.show("use", &key.secret).await?;
    let Some(id) = key.id else { return stuck("the new key has no id") };
    if let Some(revoke) = play.revoke_key(&own, &id) {
        play.send("revoke", revoke).await?;
    }
    play.show("use-after", &key.secret).await?;
    Ok(())
}
