//! The browser of a probe: the robot, which posts the forms of the pages, Chromium, or the operator,
//! who opens what the terminal says.

use fantoccini::error::CmdError;
use reqwest::cookie::CookieStore as _;
use reqwest::header::HeaderValue;
use url::Url;

use super::ask::Ask;
use super::chromium::{Chromium, Step};
use super::credentials::{Credentials, variable};
use super::listener::Listener;
use super::play::{Halt, Play, stuck};
use super::recording::Reply;
use super::terms::Browser;
use super::wire::Silence;
use crate::robot::page::{Form, forms_of, refuses, refusing_link};

/// The most pages and redirects of one sign-in.
const MOST_STEPS: usize = 20;

/// What the person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Signs in and allows.
    Approve,
    /// Refuses.
    Deny,
}

/// Where a walk through the pages ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// At the listener.
    Back(Url),
    /// At a page that asks for nothing more.
    Page,
}

impl Play<'_> {
    /// A listener for the browser to come back to.
    ///
    /// # Errors
    /// [`Halt::Stuck`] when the machine gives no port.
    pub async fn listen(&mut self) -> Result<Listener, Halt> {
        match Listener::bind().await {
            Ok(listener) => {
                self.redaction.hide("port", &listener.port().to_string());
                Ok(listener)
            }
            Err(error) => stuck(format!("cannot listen on loopback: {error}")),
        }
    }

    /// Opens `page`, decides there, and returns where the browser came back to: a URL of the
    /// listener. What the robot asks on the way is kept as `label/page`, `label/submit` and so on;
    /// what another browser asks, nobody sees.
    ///
    /// # Errors
    /// [`Halt`] when it does not come back.
    pub async fn come_back(
        &mut self,
        label: &str,
        page: &str,
        decision: Decision,
        listener: &Listener,
    ) -> Result<Url, Halt> {
        if self.terms.grants.browser == Some(Browser::Operator) {
            anstream::eprintln!("authspec: open this in a browser and sign in:\n  {page}");
            return arrived(listener, self.wait_for(listener.next()).await?);
        }
        if self.terms.grants.browser == Some(Browser::Chromium) {
            let (wire, patience) = (self.wire, self.patience);
            let driven = Box::pin(self.drive(label, page, decision, false));
            let target = tokio::select! {
                target = tokio::time::timeout(patience, listener.next()) => target.ok(),
                driven = driven => return driven.and_then(|()| {
                    stuck(format!("`{label}`: the pages did not lead back to the listener"))
                }),
                () = wire.interruption() => return Err(Halt::Interrupted),
            };
            return arrived(listener, target);
        }
        match self.walk(label, page, decision, Some(listener.port())).await? {
            End::Back(url) => {
                let visiting = async { tokio::join!(self.wire.visit(&url), listener.next()) };
                if self.wait_for(visiting).await?.is_none() {
                    return stuck("the browser did not come back to the listener");
                }
                Ok(url)
            }
            End::Page => stuck(format!("`{label}`: the pages did not lead back to the listener")),
        }
    }

    /// Opens `page` and decides there; the browser goes nowhere else.
    ///
    /// # Errors
    /// [`Halt`] when the page does not offer it.
    pub async fn decide(
        &mut self,
        label: &str,
        page: &str,
        decision: Decision,
    ) -> Result<(), Halt> {
        if self.terms.grants.browser == Some(Browser::Operator) {
            anstream::eprintln!(
                "authspec: open this in a browser and allow access, then press Enter here:\n  {page}"
            );
            let line =
                tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
            return match self.wait_for(line).await? {
                Some(Ok(Ok(1..))) => Ok(()),
                Some(Ok(Ok(0))) => {
                    stuck("the operator went away: the input ended before Enter was pressed")
                }
                Some(Ok(Err(error))) => stuck(format!("the terminal cannot be read: {error}")),
                Some(Err(_)) | None => stuck("nobody pressed Enter"),
            };
        }
        if self.terms.grants.browser == Some(Browser::Chromium) {
            let wire = self.wire;
            return tokio::select! {
                driven = Box::pin(self.drive(label, page, decision, true)) => driven,
                () = wire.interruption() => Err(Halt::Interrupted),
            };
        }
        self.walk(label, page, decision, None).await.map(|_| ())
    }

    /// Goes through the pages with Chromium, until there is nothing more to do, where that may be.
    async fn drive(
        &mut self,
        label: &str,
        page: &str,
        decision: Decision,
        may_end: bool,
    ) -> Result<(), Halt> {
        let failed = |error: CmdError| Halt::Stuck(format!("`{label}`: Chromium: {error}"));
        if self.chromium.is_none() {
            let started = Chromium::start(self.patience).await;
            self.chromium = Some(started.map_err(|error| Halt::Stuck(error.to_string()))?);
        }
        let Some(chromium) = &self.chromium else { return stuck("there is no browser") };
        self.paced(label, chromium.open(page)).await?;
        let mut has_pressed = false;
        for _ in 0..MOST_STEPS {
            let step = match chromium.next_step(decision, may_end && has_pressed).await {
                Ok(step) => step,
                // The page made room for another one meanwhile.
                Err(error) if error.is_javascript_error() => continue,
                Err(error) => return Err(failed(error)),
            };
            let Step::Press { fields, button } = step else { return Ok(()) };
            for (field, name) in fields {
                let lent = &self.terms.grants.credentials;
                let lent = if name == "password" { &lent.password } else { &lent.username };
                let Some(text) = lent else {
                    let variable = variable(&name);
                    return stuck(format!("`{label}`: the page asks for a {name}: set {variable}"));
                };
                chromium.type_into(&field, text).await.map_err(failed)?;
            }
            self.paced(label, chromium.press(&button)).await?;
            has_pressed = true;
        }
        stuck(format!("`{label}`: the pages lead on without end"))
    }

    /// Lets the browser do what makes it send a request; what it loads beside a page is not counted.
    async fn paced(
        &self,
        label: &str,
        step: impl Future<Output = Result<(), CmdError>>,
    ) -> Result<(), Halt> {
        match self.wire.raw(step).await {
            Ok(Some(Ok(()))) => Ok(()),
            Ok(Some(Err(error))) => stuck(format!("`{label}`: Chromium: {error}")),
            Ok(None) => stuck(format!("`{label}`: Chromium: the page did not come in time")),
            Err(Silence::Interrupted) => Err(Halt::Interrupted),
            Err(other) => stuck(format!("`{label}`: {other}")),
        }
    }

    /// Opens a page without doing anything there, with the cookies that there are, and goes where
    /// it redirects to, on the same host. What is asked is kept as `label/step` and so on; the value
    /// `label` says under which name it ended.
    ///
    /// # Errors
    /// [`Halt`] when no answer came, or the redirects do not end.
    pub async fn look(&mut self, label: &str, page: &str) -> Result<Reply, Halt> {
        let mut at = page.to_owned();
        for step in 1..=MOST_STEPS {
            let name = format!("{label}/step-{step}");
            let ask = self.with_cookies(Ask::new("GET", &at));
            let reply = self.send(&name, ask).await?;
            self.store_cookies(&at, &reply);
            let here = Url::parse(&at).or_else(|_| stuck("a page has no URL"))?;
            match reply.location().and_then(|location| here.join(location).ok()) {
                Some(next) if next.origin() == here.origin() => at = next.into(),
                _ => {
                    self.keep(label, &name);
                    return Ok(reply);
                }
            }
        }
        stuck(format!("`{label}`: the pages lead on without end"))
    }

    async fn walk(
        &mut self,
        label: &str,
        page: &str,
        decision: Decision,
        back: Option<u16>,
    ) -> Result<End, Halt> {
        let mut ask = Ask::new("GET", page);
        let mut steps = (0, 0, 0);
        let mut has_refused = false;
        for _ in 0..MOST_STEPS {
            let at = ask.url.clone();
            let posted = ask.method == "POST";
            ask = self.with_cookies(ask);
            let reply = self.wire.send(&ask).await;
            let forms = reply.as_ref().map(|reply| forms_of(&reply.body)).unwrap_or_default();
            let (count, kind) = match () {
                () if posted => (&mut steps.0, "submit"),
                () if !forms.is_empty() => (&mut steps.1, "page"),
                () => (&mut steps.2, "step"),
            };
            *count += 1;
            let name = if *count == 1 { kind.to_owned() } else { format!("{kind}-{count}") };
            let reply = self.keep_exchange(&format!("{label}/{name}"), &ask, reply)?;
            self.store_cookies(&at, &reply);
            let here = Url::parse(&at).or_else(|_| stuck("a page has no URL"))?;
            if let Some(location) = reply.location() {
                let next = here.join(location).or_else(|_| stuck("a redirect has no URL"))?;
                if back.is_some() && next.port() == back {
                    return Ok(End::Back(next));
                }
                if next.origin() != here.origin() {
                    return stuck(format!("`{label}`: the pages lead to another host"));
                }
                ask = Ask::new("GET", next);
                continue;
            }
            if has_refused || forms.is_empty() && reply.is_success() {
                return Ok(End::Page);
            }
            let wanted = |form: &&Form| refuses(form) == (decision == Decision::Deny);
            let form = forms.iter().find(wanted);
            if form.is_none()
                && let Some(link) = refusing_link(&reply.body)
            {
                let next = here.join(&link).or_else(|_| stuck("a link leads nowhere"))?;
                has_refused = true;
                ask = Ask::new("GET", next);
                continue;
            }
            // A page that asks who it is, or for the code, may offer nothing to refuse yet.
            let form = form.or(forms.iter().find(|form| leads_on(form)));
            let Some(form) = form else {
                let answered = reply.describe();
                return stuck(format!("`{label}`: a page has no form to go on with: {answered}"));
            };
            has_refused = refuses(form);
            ask = self.filled_in(form, &here)?;
        }
        stuck(format!("`{label}`: the pages lead on without end"))
    }

    /// The form as a person sends it.
    fn filled_in(&self, form: &Form, page: &Url) -> Result<Ask, Halt> {
        let lent = &self.terms.grants.credentials;
        let fields: Vec<(String, String)> = form
            .fields
            .iter()
            .map(|(name, value)| {
                let typed = if value.is_empty() { asked(lent, name) } else { None };
                (name.clone(), typed.unwrap_or_else(|| value.clone()))
            })
            .collect();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        for (name, value) in fields.iter().filter(|(_, value)| value.len() >= 12) {
            self.redaction.hide(name, value);
        }
        let action = page.join(&form.action).or_else(|_| stuck("a form leads nowhere"))?;
        Ok(if form.posts {
            Ask::new("POST", action).form(&fields)
        } else {
            Ask::new("GET", action).query(&fields)
        })
    }

    fn with_cookies(&self, ask: Ask) -> Ask {
        let cookies = Url::parse(&ask.url).ok().and_then(|url| self.cookies.cookies(&url));
        match cookies.as_ref().and_then(|value| value.to_str().ok()) {
            Some(cookies) => ask.header("cookie", cookies),
            None => ask,
        }
    }

    fn store_cookies(&self, at: &str, reply: &Reply) {
        let set = reply.all("set-cookie");
        let set: Vec<_> = set.filter_map(|value| HeaderValue::try_from(value).ok()).collect();
        if let Ok(url) = Url::parse(at) {
            self.cookies.set_cookies(&mut set.iter(), &url);
        }
    }
}

/// The URL at which a browser came back to the listener.
fn arrived(listener: &Listener, target: Option<String>) -> Result<Url, Halt> {
    let Some(target) = target else { return stuck("nobody came back to the listener") };
    let url = Url::parse(&format!("http://127.0.0.1:{}{target}", listener.port()));
    url.or_else(|_| stuck("the browser came back with no URL"))
}

/// What a field of this name asks for, if it is lent.
fn asked(lent: &Credentials, name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let who = ["user", "login", "mail", "sub", "name"];
    if name.contains("pass") {
        lent.password.clone()
    } else if who.iter().any(|word| name.contains(word)) && !is_user_code(&name) {
        lent.username.clone()
    } else {
        None
    }
}

/// Whether a field of this name asks for the code that a device shows, RFC 8628 section 3.3.
fn is_user_code(name: &str) -> bool {
    let name = name.to_lowercase().replace(['_', '-'], "");
    name.contains("usercode")
}

/// Whether a form asks who signs in, or for what code, and not whether to allow something.
fn leads_on(form: &Form) -> bool {
    form.fields.iter().any(|(name, _)| name.contains("pass") || is_user_code(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("username", Some("ada"))]
    #[case("userEmail", Some("ada"))]
    #[case("user_password", Some("correct horse"))]
    #[case("user_code", None)]
    #[case("userCode", None)]
    #[case("state", None)]
    fn a_field_is_told_by_its_name(#[case] name: &str, #[case] typed: Option<&str>) {
        let (username, password) = (Some("ada".to_owned()), Some("correct horse".to_owned()));
        let lent = Credentials { username, password, ..Credentials::default() };
        assert_eq!(asked(&lent, name).as_deref(), typed);
    }
}
