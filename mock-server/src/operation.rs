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
            Self::Resource => "resource",
        }
    }

    /// The operation of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.name() == name)
    }
}
