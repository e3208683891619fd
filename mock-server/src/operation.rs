//! What is asked of a platform, in words of no vendor.

/// What is asked of a platform, in words of no vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Whose credential is this?
    Identity,
    /// Which keys are there?
    KeyList,
    /// Make a key.
    KeyCreate,
    /// Take a key back.
    KeyRevoke,
    /// Show the sign-in page.
    LoginStart,
    /// Send the sign-in page's form.
    LoginPageSubmit,
    /// Hand over what the login was for.
    LoginFinish,
    /// Sign the browser out.
    SignOutPage,
    /// Is this key good?
    KeyVerify,
    /// Give a key for a code.
    CodeExchange,
    /// Begin a login that is approved on another device, for a key.
    HeadlessRequest,
    /// Has it been approved?
    HeadlessPoll,
    /// Show the page where a code is entered and decided.
    ApprovalPage,
    /// Send that page's form.
    ApprovalPageSubmit,
    /// Show the page that asks for consent, RFC 6749 section 4.1.1.
    Authorize,
    /// Send that page's form.
    AuthorizePageSubmit,
    /// Give tokens, RFC 6749 section 3.2.
    Token,
    /// Take a token back, RFC 7009.
    TokenRevoke,
    /// What is this token? RFC 7662.
    TokenIntrospect,
    /// Begin a device authorization, RFC 8628 section 3.1.
    DeviceAuthorization,
    /// Register a client, RFC 7591.
    ClientRegister,
    /// Where are the endpoints? RFC 8414.
    Metadata,
    /// Where are the endpoints? OpenID discovery.
    OpenidConfiguration,
    /// Which keys sign? RFC 7517.
    Jwks,
    /// Who is this? OpenID Connect Core section 5.3.
    Userinfo,
    /// Do what the service is for.
    Resource,
}

impl Operation {
    /// Every operation.
    pub const ALL: &[Self] = &[
        Self::Identity,
        Self::KeyList,
        Self::KeyCreate,
        Self::KeyRevoke,
        Self::LoginStart,
        Self::LoginPageSubmit,
        Self::LoginFinish,
        Self::SignOutPage,
        Self::KeyVerify,
        Self::CodeExchange,
        Self::HeadlessRequest,
        Self::HeadlessPoll,
        Self::ApprovalPage,
        Self::ApprovalPageSubmit,
        Self::Authorize,
        Self::AuthorizePageSubmit,
        Self::Token,
        Self::TokenRevoke,
        Self::TokenIntrospect,
        Self::DeviceAuthorization,
        Self::ClientRegister,
        Self::Metadata,
        Self::OpenidConfiguration,
        Self::Jwks,
        Self::Userinfo,
        Self::Resource,
    ];

    /// The name that journals and scripts use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::KeyList => "key-list",
            Self::KeyCreate => "key-create",
            Self::KeyRevoke => "key-revoke",
            Self::LoginStart => "login-start",
            Self::LoginPageSubmit => "login-page-submit",
            Self::LoginFinish => "login-finish",
            Self::SignOutPage => "sign-out-page",
            Self::KeyVerify => "key-verify",
            Self::CodeExchange => "code-exchange",
            Self::HeadlessRequest => "headless-request",
            Self::HeadlessPoll => "headless-poll",
            Self::ApprovalPage => "approval-page",
            Self::ApprovalPageSubmit => "approval-page-submit",
            Self::Authorize => "authorize",
            Self::AuthorizePageSubmit => "authorize-page-submit",
            Self::Token => "token",
            Self::TokenRevoke => "token-revoke",
            Self::TokenIntrospect => "token-introspect",
            Self::DeviceAuthorization => "device-authorization",
            Self::ClientRegister => "client-register",
            Self::Metadata => "metadata",
            Self::OpenidConfiguration => "openid-configuration",
            Self::Jwks => "jwks",
            Self::Userinfo => "userinfo",
            Self::Resource => "resource",
        }
    }

    /// The operation of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}
