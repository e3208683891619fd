//! API keys: made, listed, used, revoked and verified.

use mock_server::profile::ReplyShape;
use serde_json::{Value, json};

use crate::probe::ask::Ask;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, random, stuck};
use crate::probe::recording::Reply;

/// What is asked without a credential.
pub static KEYS_UNSEEN: Part = Part {
    id: "keys-unseen",
    story: "keys are listed with a key, if one was lent, and without a credential; one is created without",
    needs: &[],
    play: |play| Box::pin(unseen(play)),
};

/// The life of keys.
pub static KEYS: Part = Part {
    id: "keys",
    story: "keys are created, listed, used and tampered with; one is revoked and used again",
    needs: &[&need::KEY_CREATE, &need::KEY, &need::WRITES],
    play: |play| Box::pin(keys(play)),
};

/// What a key is.
pub static KEY_VERIFY: Part = Part {
    id: "key-verify",
    story: "a key, if one was lent, verifies itself and an unknown one, and somebody without a credential verifies",
    needs: &[&need::KEY_VERIFY],
    play: |play| Box::pin(verify(play)),
};

/// How many keys are compared.
const SAMPLES: usize = 4;

/// A key that was made, and its id.
pub(super) struct Key {
    pub(super) id: Option<String>,
    pub(super) secret: String,
}

impl Play<'_> {
    /// The request that creates a key with this credential.
    pub(super) fn create_key(&self, credential: &str, name: &str) -> Result<Ask, Halt> {
        match &self.terms.platform().key_create {
            Some(create) => {
                let body = json!({ &create.name_member: name });
                let ask = self.terms.at(&create.on).json(&body);
                Ok(if credential.is_empty() { ask } else { ask.bearer(credential) })
            }
            None => stuck("the profile has nothing that creates keys"),
        }
    }

    /// The request that revokes a key with this credential, where the profile has such.
    pub(super) fn revoke_key(&self, credential: &str, id: &str) -> Option<Ask> {
        let revoke = self.terms.platform().key_revoke.as_ref()?;
        Some(self.terms.at(&revoke.on).filled("id", id).bearer(credential))
    }

    /// The request that lists the keys, where the profile has such.
    pub(super) fn list_keys(&self, credential: &str) -> Option<Ask> {
        let list = self.terms.platform().key_list.as_ref()?;
        Some(self.terms.at(&list.on).bearer(credential))
    }

    /// The key that a reply holds, by the profile's format.
    pub(super) fn key_in(&self, reply: &Reply) -> Option<String> {
        let format = &self.terms.platform().keys.format;
        let texts = texts_in(&reply.json()?);
        texts.into_iter().find(|text| format.matches(text))
    }

    /// Creates a key as `name`, and sees to it that it is revoked at the end.
    pub(super) async fn key(&mut self, name: &str, credential: &str) -> Result<Key, Halt> {
        let label = format!("authspec {}", random(8));
        self.redaction.hide("name", &label);
        let ask = self.create_key(credential, &label)?;
        let reply = self.send(name, ask).await?;
        self.keep(&format!("{name}/label"), &label);
        match self.note_key(credential, &reply) {
            Some(key) => Ok(key),
            None => stuck(format!("`{name}` gave no key, but {}", reply.describe())),
        }
    }

    /// The key that creating one gave, which is revoked at the end.
    pub(super) fn note_key(&self, credential: &str, reply: &Reply) -> Option<Key> {
        if !reply.is_success() {
            return None;
        }
        let secret = member_of(self.created_shape(), reply, "{key.secret}")?;
        let id = member_of(self.created_shape(), reply, "{key.id}");
        self.redaction.hide("key", &secret);
        let removal = id.as_ref().and_then(|id| self.revoke_key(credential, id));
        self.made("an API key", removal);
        Some(Key { id, secret })
    }

    fn created_shape(&self) -> Option<&ReplyShape> {
        self.terms.platform().key_create.as_ref().map(|create| &create.reply)
    }

    /// Sees to it that the key that a login gave is revoked at the end, by the id that the list
    /// tells; where it tells none, that the key is told as left behind.
    pub(super) async fn adopt_key(&mut self, key: &str) {
        self.redaction.hide("key", key);
        let length = self.terms.platform().keys.prefix.length();
        let prefix = key.get(..length).unwrap_or(key);
        let mut removal = None;
        if let Some(list) = self.list_keys(key) {
            // The key is there: it is looked for also after Ctrl-C, and noted also where it is not
            // found.
            let reply = self.wire.send_regardless(&list).await;
            let reply = self.keep_exchange("list-of-new-key", &list, reply).ok();
            let each = self.terms.platform().key_list.as_ref().map(|list| &list.each);
            let id = each.zip(reply).and_then(|(each, reply)| id_of(each, &reply, prefix));
            removal = id.and_then(|id| self.revoke_key(key, &id));
        }
        self.made("the API key of a login", removal);
    }

    /// Sees to it that the key that a reply holds, if any, is revoked at the end.
    pub(super) async fn key_was_made(&mut self, name: &str, reply: &Reply) {
        if let Some(key) = self.key_in(reply) {
            self.keep_hidden(&format!("{name}/key"), &key);
            self.adopt_key(&key).await;
        }
    }
}

/// Every text of a JSON value.
fn texts_in(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts_in).collect(),
        Value::Object(members) => members.values().flat_map(texts_in).collect(),
        _ => Vec::new(),
    }
}

/// What stands in a reply where its shape has `slot`.
pub(crate) fn member_of(shape: Option<&ReplyShape>, reply: &Reply, slot: &str) -> Option<String> {
    let pointer = pointer_to(shape?.body.as_ref()?, slot)?;
    let json = reply.json()?;
    let found = json.pointer(&pointer)?;
    found.as_str().map_or_else(|| Some(found.to_string()), |text| Some(text.to_owned()))
}

/// The JSON pointer to where a shape has `slot`.
fn pointer_to(shape: &Value, slot: &str) -> Option<String> {
    match shape {
        Value::String(text) => (text == slot).then(String::new),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            pointer_to(member, slot).map(|rest| format!("/{name}{rest}"))
        }),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| pointer_to(item, slot).map(|rest| format!("/{index}{rest}"))),
        _ => None,
    }
}

/// The id of the listed key with this prefix; `each` is how the profile writes one.
pub(crate) fn id_of(each: &Value, reply: &Reply, prefix: &str) -> Option<String> {
    let name_of = |slot: &str| {
        let mut members = each.as_object()?.iter();
        members.find(|(_, value)| value.as_str() == Some(slot)).map(|(name, _)| name.clone())
    };
    let (id, shown) = (name_of("{key.id}")?, name_of("{key.prefix}")?);
    let is_it = |item: &&Value| item.get(&shown).and_then(Value::as_str) == Some(prefix);
    let json = reply.json()?;
    let found = items_of(&json).iter().find(is_it)?.get(&id)?.as_str()?.to_owned();
    Some(found)
}

/// The first list in a JSON document.
pub(crate) fn items_of(json: &Value) -> &[Value] {
    match json {
        Value::Array(items) => items,
        Value::Object(members) => {
            members.values().find_map(|one| one.as_array()).map_or(&[], Vec::as_slice)
        }
        _ => &[],
    }
}

async fn unseen(play: &mut Play<'_>) -> Result<(), Halt> {
    let own = play.terms.grants.credentials.key.clone();
    if let Some(own) = &own {
        match play.list_keys(own) {
            Some(list) => play.send("good", list).await?,
            None => play.show("good", own).await?,
        };
    }
    // A server that asks for no credential makes one.
    if play.terms.grants.writes && play.terms.platform().key_create.is_some() {
        let create = play.create_key("", "authspec-unseen")?;
        let reply = play.send("create", create).await?;
        let revokes = own.or_else(|| play.key_in(&reply)).unwrap_or_default();
        play.note_key(&revokes, &reply);
    }
    if let Some(list) = &play.terms.platform().key_list {
        let list = play.terms.at(&list.on).query(&[("authspec", "unseen")]);
        play.send("list", list).await?;
    }
    Ok(())
}

async fn keys(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(own) = play.terms.grants.credentials.key.clone() else { return Ok(()) };
    let key = play.key("create", &own).await?;
    play.keep_hidden("key", &key.secret);
    if let Some(list) = play.list_keys(&own) {
        play.send("list", list).await?;
    }
    let mut samples = Vec::new();
    for number in 1..=SAMPLES {
        samples.push(play.key(&format!("sample#{number}"), &own).await?);
    }
    let nameless = play.terms.platform().key_create.as_ref().map(|create| &create.on);
    if let Some(route) = nameless {
        let ask = play.terms.at(route).bearer(&own).json(&json!({ "authspec": "nameless" }));
        let reply = play.send("nameless", ask).await?;
        play.note_key(&own, &reply);
    }
    play.show("use", &key.secret).await?;
    let length = play.terms.platform().keys.prefix.length();
    let prefix = key.secret.get(..length).unwrap_or_default();
    let rest = key.secret.len() - prefix.len();
    let near = format!("{prefix}{}", near_miss(&key.secret[prefix.len()..], rest));
    play.redaction.hide("near miss", &near);
    play.show("near-miss", &near).await?;
    let far = near_miss(&key.secret, key.secret.len());
    play.redaction.hide("far miss", &far);
    play.show("far-miss", &far).await?;
    if let Some(unknown) = play.revoke_key(&own, "key_authspecnosuchkey") {
        play.send("revoke-unknown", unknown).await?;
    }
    if let Some(revoke) = key.id.as_ref().and_then(|id| play.revoke_key(&own, id)) {
        play.send("revoke", revoke).await?;
        play.show("use-after", &key.secret).await?;
        play.show("own-after", &own).await?;
        if let Some(other) = samples.first() {
            play.show("other-after", &other.secret).await?;
        }
    }
    Ok(())
}

/// As many characters that look alike and are others: only letters and digits change.
fn near_miss(secret: &str, length: usize) -> String {
    let fresh = random(length);
    let pairs = secret.chars().zip(fresh.chars());
    pairs.map(|(old, new)| if old.is_ascii_alphanumeric() { new } else { old }).collect()
}

async fn verify(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(verify) = &play.terms.platform().key_verify else { return Ok(()) };
    let terms = play.terms;
    let ask = |key: &str| terms.at(&verify.on).json(&json!({ &verify.key_member: key }));
    if let Some(own) = &terms.grants.credentials.key {
        play.send("good", ask(own).bearer(own)).await?;
        play.send("unknown", ask("authspec-no-such-key").bearer(own)).await?;
    }
    play.send("unseen", ask("authspec-unseen")).await?;
    Ok(())
}
