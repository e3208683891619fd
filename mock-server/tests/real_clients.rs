//! Clients that nobody here wrote complete their flows: the crates `oauth2` and `openidconnect`.

use std::time::Duration;

use oauth2::basic::BasicClient;
use oauth2::http::Response;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    HttpRequest, HttpResponse, IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RefreshToken,
    RevocationUrl, Scope, StandardDeviceAuthorizationResponse, TokenIntrospectionResponse as _,
    TokenResponse as _, TokenUrl,
};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{IssuerUrl, Nonce, TokenResponse as _};

mod rig;
use rig::{Rig, parameters};

/// Sends what a client wants sent, over plain HTTP: some URLs it takes only with `https`.
async fn send(
    client: reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, reqwest::Error> {
    let (head, body) = request.into_parts();
    let url = head.uri.to_string().replacen("https://", "http://", 1);
    let request = client.request(head.method, url).headers(head.headers).body(body);
    let answer = request.send().await?;
    let mut response = Response::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

fn over_http(
    rig: &Rig,
) -> impl Fn(
    HttpRequest,
) -> std::pin::Pin<Box<dyn Future<Output = Result<HttpResponse, reqwest::Error>> + Send>>
+ use<> {
    let client = rig.client.clone();
    move |request| Box::pin(send(client.clone(), request))
}

fn url(rig: &Rig, path: &str) -> String {
    format!("{}{path}", rig.platform.url())
}

/// What a browser does with an authorization URL; the callback's parameters.
async fn browse(rig: &Rig, page: &str) -> std::collections::HashMap<String, String> {
    let page = page.strip_prefix(rig.platform.url()).expect("the platform's page");
    let (_, location) = rig.decide(page, "approve").await;
    parameters(&location.expect("a way back"))
}

#[tokio::test]
async fn oauth2_code_with_pkce_refresh_and_revocation() {
    let rig = Rig::start("omni").await;
    let revocation = url(&rig, "/oauth/revoke").replacen("http://", "https://", 1);
    let client = BasicClient::new(ClientId::new("omni-cli".into()))
        .set_auth_uri(AuthUrl::new(url(&rig, "/oauth/authorize")).expect("a URL"))
        .set_token_uri(TokenUrl::new(url(&rig, "/oauth/token")).expect("a URL"))
        .set_revocation_url(RevocationUrl::new(revocation).expect("a URL"))
        .set_redirect_uri(
            RedirectUrl::new("http://localhost:4242/callback".into()).expect("a URL"),
        );
    let http = over_http(&rig);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (page, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scope(Scope::new("user:default".into()))
        .set_pkce_challenge(challenge)
        .url();

    let back = browse(&rig, page.as_str()).await;
    assert_eq!(&back["state"], state.secret());
    let tokens = client
        .exchange_code(AuthorizationCode::new(back["code"].clone()))
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .expect("tokens");
    assert_eq!(tokens.expires_in(), Some(Duration::from_hours(8)));
    let old = tokens.refresh_token().expect("one").clone();
    let tokens = client.exchange_refresh_token(&old).request_async(&http).await.expect("new ones");
    let access = tokens.access_token().secret();
    assert_eq!(rig.get("/api/v1/whoami", Some(access)).await.0, 200);
    let new: RefreshToken = tokens.refresh_token().expect("rotated").clone();
    assert_ne!(new.secret(), old.secret());

    let revocation = client.revoke_token(new.into()).expect("configured");
    revocation.request_async(&http).await.expect("revoked");
    assert_eq!(rig.get("/api/v1/whoami", Some(access)).await.0, 401);
}

#[tokio::test]
async fn oauth2_device_with_a_clock_instead_of_sleep() {
    let rig = Rig::start("standard").await;
    let client = BasicClient::new(ClientId::new("standard-cli".into()))
        .set_token_uri(TokenUrl::new(url(&rig, "/oauth/token")).expect("a URL"))
        .set_device_authorization_url(
            DeviceAuthorizationUrl::new(url(&rig, "/oauth/device_authorization")).expect("a URL"),
        );
    let http = over_http(&rig);
    let details: StandardDeviceAuthorizationResponse =
        client.exchange_device_code().request_async(&http).await.expect("a code");
    assert!(details.verification_uri_complete().is_some());
    rig.script(
        "faults = [{ on = 'token', requests = '1..2', pending = true }, { on = 'token', requests = 3, reply = { status = 400, body = { error = 'slow_down' } } }]",
    );
    assert!(rig.platform.decide_code(details.user_code().secret(), true));
    let slept = std::sync::Mutex::new(Vec::new());

    let tokens = client
        .exchange_device_access_token(&details)
        .request_async(
            &http,
            |time| {
                slept.lock().expect("not poisoned").push(time.as_secs());
                rig.platform.clock().advance(time);
                async {}
            },
            None,
        )
        .await
        .expect("tokens");

    assert_eq!(*slept.lock().expect("not poisoned"), [5, 5, 10]);
    let access = tokens.access_token().secret();
    assert_eq!(rig.get("/v1/whoami", Some(access)).await.0, 200);
}

#[tokio::test]
async fn oauth2_introspection() {
    let rig = Rig::start("standard").await;
    let secret = rig.platform.client_secret("standard-api").expect("confidential");
    let client = BasicClient::new(ClientId::new("standard-api".into()))
        .set_client_secret(ClientSecret::new(secret.expose().into()))
        .set_introspection_url(
            IntrospectionUrl::new(url(&rig, "/oauth/introspect")).expect("a URL"),
        );
    let http = over_http(&rig);
    let token = rig.platform.mint_tokens("standard-cli", "profile keys").access;
    let asked = oauth2::AccessToken::new(token.expose().into());

    let told = client.introspect(&asked).request_async(&http).await.expect("an answer");

    assert!(told.active());
    assert_eq!(told.client_id().map(|id| id.as_str()), Some("standard-cli"));
    assert_eq!(told.scopes().map(Vec::len), Some(2));
}

#[tokio::test]
async fn openidconnect_discovery_id_token_and_userinfo() {
    let rig = Rig::start("standard").await;
    let http = over_http(&rig);
    let issuer = IssuerUrl::new(rig.platform.url().into()).expect("a URL");
    let metadata = CoreProviderMetadata::discover_async(issuer, &http).await.expect("discovered");
    let client =
        CoreClient::from_provider_metadata(metadata, ClientId::new("standard-cli".into()), None)
            .set_redirect_uri(
                RedirectUrl::new("http://127.0.0.1:4242/callback".into()).expect("a URL"),
            );
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (page, _, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scope(Scope::new("email".into()))
        .set_pkce_challenge(challenge)
        .url();

    let back = browse(&rig, page.as_str()).await;
    let tokens = client
        .exchange_code(AuthorizationCode::new(back["code"].clone()))
        .expect("configured")
        .set_pkce_verifier(verifier)
        .request_async(&http)
        .await
        .expect("tokens");

    let id_token = tokens.id_token().expect("openid was asked");
    let claims = id_token.claims(&client.id_token_verifier(), &nonce).expect("a good signature");
    let account = rig.platform.account();
    assert_eq!(Some(claims.subject().as_str()), account["id"].as_str());
    let other = Nonce::new("another".into());
    assert!(id_token.claims(&client.id_token_verifier(), &other).is_err());
    let access = tokens.access_token().clone();
    let subject = claims.subject().clone();
    let info: CoreUserInfoClaims = client
        .user_info(access, Some(subject))
        .expect("configured")
        .request_async(&http)
        .await
        .expect("an answer");
    assert_eq!(info.email().map(|email| email.as_str()), account["email"].as_str());
}
