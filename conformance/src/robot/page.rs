//! What happens on the platform's pages: a form is read, filled in as it stands, and sent.

use reqwest::{Client, Response, header};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// The most redirects that are followed, as in real browsers.
const MOST_REDIRECTS: usize = 20;

/// What the person decides on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// To sign in, or to approve.
    Approves,
    /// Not to.
    Denies,
}

/// Decides on `page` and follows the redirects to the first URL at another origin: the callback,
/// where there is one.
///
/// # Errors
/// What the page or the platform did not do, in one sentence.
pub(super) async fn decide(
    client: &Client,
    page: &Url,
    decision: Decision,
) -> Result<Option<Url>, String> {
    let reply = client.get(page.clone()).send().await.map_err(|error| gave_up(page, &error))?;
    let status = reply.status();
    if status.is_redirection() {
        return follow(client, page.clone(), reply).await;
    }
    let text = reply.text().await.map_err(|error| gave_up(page, &error))?;
    if !status.is_success() {
        return Err(format!("the sign-in page answered {status}"));
    }
    let wanted = |form: &Form| refuses(form) == (decision == Decision::Denies);
    let form = forms_of(&text).into_iter().find(wanted);
    let form = form.ok_or_else(|| "the sign-in page has no such form".to_owned())?;
    let (action, reply) = send(client, page, &form).await?;
    follow(client, action, reply).await
}

/// Sends `form` as a browser would, and returns where it went and what was answered.
async fn send(client: &Client, page: &Url, form: &Form) -> Result<(Url, Response), String> {
    let mut action = page.join(&form.action).map_err(|error| format!("the form: {error}"))?;
    let request = if form.posts {
        client.post(action.clone()).form(&form.fields)
    } else {
        action.query_pairs_mut().extend_pairs(&form.fields);
        client.get(action.clone())
    };
    let reply = request.send().await.map_err(|error| gave_up(page, &error))?;
    Ok((action, reply))
}

/// Follows redirects from `reply` until one leads to another origin than `from`; `None` when they
/// end in a page.
async fn follow(client: &Client, from: Url, reply: Response) -> Result<Option<Url>, String> {
    let mut at = from.clone();
    let mut reply = reply;
    for _ in 0..MOST_REDIRECTS {
        let status = reply.status();
        let location = reply.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        let Some(location) = location else {
            if status.is_client_error() || status.is_server_error() {
                return Err(format!("the platform did not lead back, but answered {status}"));
            }
            return Ok(None);
        };
        at = at.join(location).map_err(|error| format!("a redirect: {error}"))?;
        if at.origin() != from.origin() {
            return Ok(Some(at));
        }
        reply = client.get(at.clone()).send().await.map_err(|error| gave_up(&at, &error))?;
    }
    Err("the platform redirects without end".to_owned())
}

fn gave_up(page: &Url, error: &reqwest::Error) -> String {
    // The URL has a port, which differs each time.
    let mut told = error.to_string();
    if let Some(url) = error.url() {
        told = told.replace(&format!(" for url ({url})"), "");
    }
    format!("{} could not be asked: {told}", page.path())
}

/// A form as a browser would send it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) posts: bool,
    pub(crate) fields: Vec<(String, String)>,
}

/// Whether sending this form refuses: it says so in the value of a field or in its action.
pub(crate) fn refuses(form: &Form) -> bool {
    says_no(&form.action)
        || form.fields.iter().any(|(name, value)| says_no(value) || name == "abort")
}

fn says_no(text: &str) -> bool {
    ["deny", "cancel", "refuse", "abort"].iter().any(|no| text.contains(no))
}

/// The first link of a page that refuses.
pub(crate) fn refusing_link(page: &str) -> Option<String> {
    let document = Html::parse_document(page);
    let mut links = select(document.root_element(), "a[href]").filter_map(|link| link.attr("href"));
    links.find(|href| says_no(href)).map(str::to_owned)
}

/// The forms of a page: one for each of its buttons, since a button's own value is sent too.
pub(crate) fn forms_of(page: &str) -> Vec<Form> {
    let document = Html::parse_document(page);
    let mut forms = Vec::new();
    for form in select(document.root_element(), "form") {
        let fields: Vec<_> = select(form, "input[name]").filter_map(field_of).collect();
        let id = form.attr("id").filter(|id| !id.is_empty());
        // A button may stand anywhere, and say which form it belongs to.
        let elsewhere = select(document.root_element(), "button[form]")
            .filter(|button| id.is_some() && button.attr("form") == id);
        let buttons: Vec<_> = select(form, "button").chain(elsewhere).collect();
        if buttons.is_empty() {
            forms.push(form_of(form, &fields, None));
        }
        forms.extend(buttons.into_iter().map(|button| form_of(form, &fields, Some(button))));
    }
    forms
}

fn form_of(
    form: ElementRef<'_>,
    fields: &[(String, String)],
    button: Option<ElementRef<'_>>,
) -> Form {
    let own_action = button.and_then(|button| button.attr("formaction"));
    Form {
        action: own_action.or(form.attr("action")).unwrap_or("").to_owned(),
        posts: form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")),
        fields: fields.iter().cloned().chain(button.and_then(field_of)).collect(),
    }
}

fn field_of(element: ElementRef<'_>) -> Option<(String, String)> {
    let name = element.attr("name")?;
    Some((name.to_owned(), element.attr("value").unwrap_or("").to_owned()))
}

fn select<'a>(within: ElementRef<'a>, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    // Only literals are given; one that does not parse would find nothing, and a test fail.
    let selector = Selector::parse(selector).ok();
    let found = selector.map(|selector| within.select(&selector).collect::<Vec<_>>());
    found.unwrap_or_default().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<form method="post" action="/go?a=1&amp;b=2">
        <input type="hidden" name="token" value="x&quot;y"><input name="email" value="a@b.example">
        <button>Sign in</button><button name="decision" value="deny">Cancel</button></form>"#;

    #[test]
    fn a_form_is_read_as_a_browser_reads_it() {
        let forms = forms_of(PAGE);
        assert_eq!(forms.len(), 2);
        assert_eq!(forms[0].action, "/go?a=1&b=2");
        assert!(forms[0].posts);
        assert_eq!(forms[0].fields[0], ("token".into(), "x\"y".into()));
        assert!(!refuses(&forms[0]) && refuses(&forms[1]));
    }

    #[test]
    fn a_page_without_a_form_has_none() {
        assert_eq!(forms_of("<p>signed out</p>"), []);
    }
}
