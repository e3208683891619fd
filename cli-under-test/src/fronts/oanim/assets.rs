//! `oanim assets gen-image`: the key at work.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::settings::{self, FAL_KEY_VARIABLE};
use crate::address;
use crate::credential::{self, Credential};
use crate::error::Error;
use crate::http::{self, Request};
use crate::session::Session;
use crate::store::{self, Mode};

const MODEL: &str = "fal-ai/flux-2-flex";
/// What any program gives a file that is no secret, less the umask.
const ORDINARY: Mode = Mode { created: 0o666, set: None };

#[derive(Deserialize)]
struct Generated {
    url: String,
}

#[derive(Deserialize)]
struct GeneratedDirectly {
    images: Vec<Generated>,
}

/// Generates an image and saves it.
pub(crate) fn generate(session: &Session, prompt: &str, out: &Path) -> Result<(), Error> {
    let oanim = &session.behaviour.oanim;
    let cannot_write = |source| Error::Write { path: out.to_owned(), source };
    // An image costs money: whether there is a place for it is asked first.
    let target = place_for(out).map_err(cannot_write)?;
    let (url, credential) = match (oanim.bypass_key)(session)? {
        Some(key) => ((oanim.generate_directly)(session, prompt, &key)?, key),
        None => generate_on_platform(session, prompt)?,
    };
    address::parse(&url)
        .map_err(|why| Error::BadAddress { from: "the address of the image".to_owned(), why })?;
    // The picture is anybody's, and so is the server that it lies on: no key goes there.
    let mut request = Request::new(Method::GET, url);
    if let Some(credential) = (oanim.download_credential)(&credential) {
        request = request.authorized("Bearer", credential);
    }
    let image = http::exchange(session, &request, None)
        .map_err(|error| error.doing("download the image"))?;
    (oanim.write_asset)(&target, &image.body).map_err(cannot_write)?;
    session.say(&out.display().to_string())
}

fn generate_on_platform(session: &Session, prompt: &str) -> Result<(String, Credential), Error> {
    let body = json!({ "model": MODEL, "input": { "prompt": prompt } });
    let request = settings::request(session, Method::POST, "/api/v1/media/run")?.with_body(body);
    let credential = settings::required(session, &request)?;
    let request = match (session.behaviour.oanim.media_credential)(&credential) {
        Some(credential) => request.authorized("Bearer", credential),
        None => request,
    };
    let answer = http::exchange(session, &request, Some(credential.origin))?;
    Ok((http::decode::<Generated>(session, &answer)?.url, credential))
}

/// The key that bypasses the platform, if there is one.
pub(crate) fn bypass_key(session: &Session) -> Result<Option<Credential>, Error> {
    credential::from_variable(session, FAL_KEY_VARIABLE)
}

/// Generates without the platform, which hears nothing of it.
pub(crate) fn generate_directly(
    session: &Session,
    prompt: &str,
    key: &Credential,
) -> Result<String, Error> {
    let request = Request::new(Method::POST, format!("{}/{MODEL}", settings::fal(session)?))
        .with_body(json!({ "prompt": prompt }))
        .authorized("Key", key.clone());
    let answer = http::exchange(session, &request, Some(key.origin))?;
    let generated: GeneratedDirectly = http::decode(session, &answer)?;
    generated.images.into_iter().next().map(|image| image.url).ok_or_else(|| answer.unexpected())
}

/// The file to write, if its directory is there and it is no directory itself.
fn place_for(out: &Path) -> io::Result<PathBuf> {
    let target = store::follow(&std::path::absolute(out)?)?;
    let parent = target.parent().unwrap_or(&target);
    if target.is_dir() || !parent.is_dir() {
        return Err(io::Error::other("its directory does not exist, or it is one itself"));
    }
    Ok(target)
}

/// Writes the image in one step: a half one never lies under its name.
pub(crate) fn write(path: &Path, image: &[u8]) -> io::Result<()> {
    store::replace(path, image, ORDINARY)
}
