//! Which endpoint a request belongs to. The paths are the profile's:
//!
//! | in the profile | method and path | operation | module |
//! |---|---|---|---|
//! | `identity.on` | as given | `identity` | [`crate::flows::identity`] |
//! | `key_list.on` | as given | `key-list` | [`crate::flows::keys`] |
//! | `key_create.on` | as given | `key-create` | [`crate::flows::keys`] |
//! | `key_revoke.on` | as given | `key-revoke` | [`crate::flows::keys`] |
//! | `loopback_key.start` | as given | `login-start` | [`crate::flows::loopback_key`] |
//! | `loopback_key.start` | `POST`, same path | `login-page-submit` | [`crate::flows::loopback_key`] |
//! | `loopback_key.finish` | as given | `login-finish` | [`crate::flows::loopback_key`] |
//! | `sign_out_page.on` | as given | `sign-out-page` | [`crate::flows::sign_out_page`] |
//! | `resources[].on` | as given | `resource` | [`crate::flows::resources`] |

use std::collections::BTreeMap;

use hyper::Method;
use matchit::Params;

use crate::endpoint::Endpoint;
use crate::error::ProfileError;
use crate::profile::{PlatformProfile, Route};
use crate::reply::Refusal;
use crate::slot::Vocabulary;

/// The endpoints of one origin.
pub(crate) struct Router {
    paths: matchit::Router<Methods>,
}

type Methods = Vec<(Method, Box<dyn Endpoint>)>;

/// Endpoints that are being collected, since several methods may share a path.
#[derive(Default)]
pub(crate) struct Routes {
    by_path: BTreeMap<String, Methods>,
}

impl Routes {
    /// Every endpoint that the platform's profile asks for.
    pub(crate) fn of_platform(
        profile: &PlatformProfile,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, ProfileError> {
        use crate::flows::{identity, keys, loopback_key, resources, sign_out_page};

        let mut routes = Self::default();
        if let Some(profile) = &profile.identity {
            identity::routes(profile, vocabulary, &mut routes)?;
        }
        if let Some(profile) = &profile.key_list {
            keys::list::routes(profile, vocabulary, &mut routes)?;
        }
        if let Some(profile) = &profile.key_create {
            keys::create::routes(profile, vocabulary, &mut routes)?;
        }
        if let Some(profile) = &profile.key_revoke {
            keys::revoke::routes(profile, vocabulary, &mut routes)?;
        }
        if let Some(profile) = &profile.loopback_key {
            loopback_key::routes(profile, vocabulary, &mut routes)?;
        }
        if let Some(profile) = &profile.sign_out_page {
            sign_out_page::routes(profile, &mut routes)?;
        }
        resources::routes(&profile.resources, "platform", None, vocabulary, &mut routes)?;
        Ok(routes)
    }

    /// Adds the endpoint whose route stands at `path` of the profile.
    pub(crate) fn add(
        &mut self,
        route: &Route,
        path: &str,
        endpoint: impl Endpoint + 'static,
    ) -> Result<(), ProfileError> {
        let method = Method::from_bytes(route.method.as_bytes())
            .map_err(|_| ProfileError::new(path, format!("`{}` is not a method", route.method)))?;
        let methods = self.by_path.entry(route.path.clone()).or_default();
        if methods.iter().any(|(one, _)| *one == method) {
            let problem = format!("`{} {}` is already taken", route.method, route.path);
            return Err(ProfileError::new(path, problem));
        }
        methods.push((method, Box::new(endpoint)));
        Ok(())
    }

    /// The router of these routes; `path` is where the profile has them.
    pub(crate) fn router(self, path: &str) -> Result<Router, ProfileError> {
        let mut paths = matchit::Router::new();
        for (route, methods) in self.by_path {
            let problem = |error| format!("the route `{route}` cannot be served: {error}");
            paths
                .insert(route.as_str(), methods)
                .map_err(|error| ProfileError::new(path, problem(error)))?;
        }
        Ok(Router { paths })
    }
}

impl Router {
    /// The endpoint of a request, and the values of the path's names.
    pub(crate) fn endpoint<'r>(
        &'r self,
        method: &Method,
        path: &'r str,
    ) -> Result<(&'r dyn Endpoint, Params<'r, 'r>), Refusal> {
        let found = self.paths.at(path).map_err(|_| Refusal::NotFound)?;
        let of = |asked: &Method| found.value.iter().find(|(one, _)| one == asked);
        // What answers GET answers HEAD; the connection leaves the body out.
        of(method)
            .or_else(|| of(if *method == Method::HEAD { &Method::GET } else { method }))
            .map(|(_, endpoint)| (endpoint.as_ref(), found.params))
            .ok_or_else(|| {
                Refusal::WrongMethod(found.value.iter().map(|(one, _)| one.clone()).collect())
            })
    }
}
