//! Wrong at generating an image.

use ureq::http::Method;

use super::Mutant;
use crate::credential::Credential;
use crate::error::Error;
use crate::fronts::oanim::{assets, identity, settings};
use crate::http;
use crate::session::Session;

pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "bypass-asks-platform",
        front: "oanim",
        sentence: "with ANIMATE_FAL_KEY it still asks the platform for the identity first (result ignored)",
        apply: |b| b.oanim.generate_directly = ask_platform_first,
    },
    Mutant {
        name: "ignores-bypass",
        front: "oanim",
        sentence: "ANIMATE_FAL_KEY is not looked at",
        apply: |b| b.oanim.bypass_key = |_| Ok(None),
    },
    Mutant {
        name: "bypass-everywhere",
        front: "oanim",
        sentence: "ANIMATE_FAL_KEY, when set, is the credential of every command",
        apply: |b| {
            b.oanim.credential_sources =
                &[assets::bypass_key, settings::from_variable, settings::from_store];
        },
    },
    Mutant {
        name: "download-with-key",
        front: "oanim",
        sentence: "the download of the asset carries the Authorization header",
        apply: |b| b.oanim.download_credential = |credential| Some(credential.clone()),
    },
    Mutant {
        name: "empty-download",
        front: "oanim",
        sentence: "the --out file is created empty",
        apply: |b| b.oanim.write_asset = |path, _| assets::write(path, &[]),
    },
];

fn ask_platform_first(session: &Session, prompt: &str, key: &Credential) -> Result<String, Error> {
    if let Ok(Some(credential)) = settings::credential(session) {
        let _ = identity::ask(session, &credential);
    } else if let Ok(request) = settings::request(session, Method::GET, "/api/v1/auth/me") {
        let _ = http::send(session, &request);
    }
    assets::generate_directly(session, prompt, key)
}
