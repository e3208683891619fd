//! Which endpoint a request belongs to. The paths are the profile's, and the operations those of
//! [`crate::Operation`]; each flow module says which routes it adds.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::RawPathParams;
use axum::extract::Request;
use axum::extract::rejection::RawPathParamsRejection;
use axum::routing::{MethodFilter, MethodRouter};
use hyper::Method;
use hyper::header::HeaderValue;

use crate::control::CONTROL_PREFIX;
use crate::endpoint::Endpoint;
use crate::error::ProfileError;
use crate::flows;
use crate::host::{Asked, Host};
use crate::profile::{PlatformProfile, Route};
use crate::slot::Vocabulary;

type Methods = Vec<(Method, Arc<dyn Endpoint>)>;

/// The endpoints of one origin, while they are collected: several methods may share a path.
#[derive(Clone, Default)]
pub(crate) struct Routes {
    by_path: BTreeMap<String, Methods>,
}

impl Routes {
    /// Every endpoint that the platform's profile asks for.
    pub(crate) fn of_platform(
        profile: &PlatformProfile,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<Self, ProfileError> {
        let mut routes = Self::default();
        flows::routes(profile, vocabulary, &mut routes)?;
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
            .ok()
            .filter(|method| MethodFilter::try_from(method.clone()).is_ok())
            .ok_or_else(|| {
                ProfileError::new(path, format!("`{}` is not a method", route.method))
            })?;
        check_path(&route.path).map_err(|problem| {
            let problem = format!("the route `{}` cannot be served: {problem}", route.path);
            ProfileError::new(path, problem)
        })?;
        let shape = shape(&route.path);
        if let Some(other) =
            self.by_path.keys().find(|other| **other != route.path && self::shape(other) == shape)
        {
            let problem = format!("`{}` is the same path as `{other}`", route.path);
            return Err(ProfileError::new(path, problem));
        }
        let methods = self.by_path.entry(route.path.clone()).or_default();
        if methods.iter().any(|(one, _)| *one == method) {
            let problem = format!("`{} {}` is already taken", route.method, route.path);
            return Err(ProfileError::new(path, problem));
        }
        methods.push((method, Arc::new(endpoint)));
        Ok(())
    }

    /// The router of these routes, every request of which is the host's to answer.
    pub(crate) fn router(self, host: &Arc<Host>) -> axum::Router {
        let mut router = axum::Router::new();
        for (path, methods) in self.by_path {
            router = router.route(&path, method_router(methods, host));
        }
        let host = Arc::clone(host);
        router
            .fallback(move |request: Request| {
                let host = Arc::clone(&host);
                async move { host.exchange(Asked::Nothing, request).await }
            })
            // Done once here, and not on every request.
            .with_state(())
    }
}

/// What answers GET answers HEAD; the connection leaves the body out.
fn method_router(methods: Methods, host: &Arc<Host>) -> MethodRouter {
    let names: Vec<_> = methods.iter().map(|(method, _)| method.as_str()).collect();
    let allow = HeaderValue::try_from(names.join(", ")).ok();
    let mut router = MethodRouter::new();
    for (method, endpoint) in methods {
        // `add` has let in only methods that are known here.
        let Ok(filter) = MethodFilter::try_from(method) else {
            continue;
        };
        let host = Arc::clone(host);
        router = router.on(
            filter,
            move |values: Result<RawPathParams, RawPathParamsRejection>, request: Request| {
                let (host, endpoint) = (Arc::clone(&host), Arc::clone(&endpoint));
                async move {
                    let values = values.ok();
                    let endpoint = endpoint.as_ref();
                    let asked = Asked::Endpoint { endpoint, values };
                    host.exchange(asked, request).await
                }
            },
        );
    }
    let host = Arc::clone(host);
    router.fallback(move |request: Request| {
        let (host, allow) = (Arc::clone(&host), allow.clone());
        async move { host.exchange(Asked::WrongMethod { allow }, request).await }
    })
}

/// What the router underneath would panic at.
fn check_path(path: &str) -> Result<(), &'static str> {
    if path.starts_with(CONTROL_PREFIX) {
        return Err("it is the control API's");
    }
    let mut names = Vec::new();
    for segment in path.split('/').skip(1) {
        if segment.starts_with([':', '*']) {
            return Err("a segment begins with `:` or `*`");
        }
        if !segment.contains(['{', '}']) {
            continue;
        }
        let name = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .filter(|name| {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            })
            .ok_or("a name in braces is not a whole segment")?;
        if names.contains(&name) {
            return Err("a name is there twice");
        }
        names.push(name);
    }
    Ok(())
}

/// A path without the names of its names: two paths of one shape match the same requests.
fn shape(path: &str) -> String {
    let segments =
        path.split('/').map(|segment| if segment.starts_with('{') { "{}" } else { segment });
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/", true)]
    #[case("/keys/{id}/parts/{part_1}", true)]
    #[case("/keys/{id}/parts/{id}", false)]
    #[case("/keys/{id}.json", false)]
    #[case("/keys/{*rest}", false)]
    #[case("/keys/{}", false)]
    #[case("/keys/:id", false)]
    #[case("/keys/*rest", false)]
    #[case("/_authspec/clock", false)]
    fn a_path_that_the_router_cannot_take_is_refused(#[case] path: &str, #[case] good: bool) {
        assert_eq!(check_path(path).is_ok(), good);
        if good {
            let _: axum::Router = axum::Router::new().route(path, MethodRouter::new());
        }
    }

    #[test]
    fn names_do_not_tell_paths_apart() {
        assert_eq!(shape("/keys/{id}"), shape("/keys/{name}"));
        assert_ne!(shape("/keys/{id}"), shape("/keys/id"));
    }
}
