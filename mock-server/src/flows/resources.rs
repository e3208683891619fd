//! What a host is for: anything that is not signing in. The platform and its upstreams alike.

use crate::authorization::credential;
use crate::endpoint::{Endpoint, Request};
use crate::error::ProfileError;
use crate::operation::Operation;
use crate::profile::{Access, ResourceProfile};
use crate::reply::{Reason, Refusal, Reply};
use crate::router::Routes;
use crate::secret::Secret;
use crate::shape::ReplyTemplate;
use crate::slot::{Topic, Values, Vocabulary};
use crate::world::World;

struct Resource {
    gate: Gate,
    reply: ReplyTemplate,
    scope: Option<String>,
    /// Whether the reply shows something of the request, which must be JSON then.
    reads_request: bool,
}

/// Who is let through.
enum Gate {
    Anyone,
    Bearer { scheme: &'static str },
    UpstreamSecret { scheme: &'static str, secret: Secret },
}

/// The resources that stand at `path` of the profile; with a `secret`, they are an upstream's.
pub(crate) fn routes(
    profiles: &[ResourceProfile],
    path: &str,
    secret: Option<&Secret>,
    vocabulary: &Vocabulary<'_>,
    routes: &mut Routes,
) -> Result<(), ProfileError> {
    for (index, profile) in profiles.iter().enumerate() {
        let path = format!("{path}.resources[{index}]");
        let gate = Gate::new(profile.access, secret);
        let vocabulary = match gate {
            Gate::Bearer { .. } => vocabulary.with(&[Topic::Request, Topic::Key]),
            // Nobody is known here, so there is no account to speak of.
            Gate::Anyone | Gate::UpstreamSecret { .. } => {
                Vocabulary { account: None, ..vocabulary.with(&[Topic::Request]) }
            }
        };
        let reply_path = format!("{path}.reply");
        let reply = ReplyTemplate::compile(&profile.reply, &reply_path, &vocabulary)?;
        let endpoint = Resource {
            gate,
            reads_request: reply.reads_request(),
            scope: profile.scope.clone(),
            reply,
        };
        routes.add(&profile.on, &format!("{path}.on"), endpoint)?;
    }
    Ok(())
}

impl Gate {
    fn new(access: Access, secret: Option<&Secret>) -> Self {
        let scheme = match access {
            Access::Anyone => return Self::Anyone,
            Access::Bearer => "Bearer",
            Access::Key => "Key",
        };
        match secret.cloned() {
            Some(secret) => Self::UpstreamSecret { scheme, secret },
            None => Self::Bearer { scheme },
        }
    }
}

impl Endpoint for Resource {
    fn operation(&self) -> Operation {
        Operation::Resource
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let headers = &request.head.headers;
        let caller = match &self.gate {
            Gate::Anyone => None,
            Gate::UpstreamSecret { scheme, secret } => {
                if !secret.matches(credential(headers, scheme)?) {
                    return Err(Refusal::Unauthenticated(
                        Reason::Unknown,
                        "not this host's credential",
                    ));
                }
                None
            }
            Gate::Bearer { scheme } => {
                let key = credential(headers, scheme)?;
                let (caller, state) = world.caller(key, world.clock.now_ms())?;
                caller.require_scope(self.scope.as_deref())?;
                Some((caller, state))
            }
        };
        let body = self.reads_request.then(|| request.json()).transpose()?;
        Ok(self.reply.render(&Values {
            account: caller.as_ref().map(|(caller, state)| state.account(caller.account)),
            key: caller.as_ref().and_then(|(caller, _)| caller.key.as_ref()),
            request: body.as_ref(),
            ..Values::default()
        }))
    }
}
