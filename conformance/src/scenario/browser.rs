//! What the person in front of the browser does, and what else comes to the loopback listener.

/// What the robot browser does with the page that it is asked to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Browser {
    /// What the person does on the sign-in page.
    pub person: Person,
    /// Requests to the loopback listener before the genuine callback.
    pub before: &'static [Stray],
    /// Requests to the loopback listener after it.
    pub after: &'static [Stray],
    /// Whether the addresses that are listened on are looked up before: the kernel goes through all
    /// of its sockets for that.
    pub looks_up_addresses: bool,
}

/// What the person in front of the browser does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Signs in.
    SignsIn,
    /// Refuses.
    Denies,
    /// Never comes: no page is loaded.
    NeverComes,
    /// Presses Ctrl-C in the terminal instead.
    Interrupts,
}

/// A request to the loopback listener that is not the genuine callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stray {
    /// A connection that is opened and never written to, held until the run ends.
    IdleConnection,
    /// `GET /favicon.ico`.
    Favicon,
    /// `HEAD` of the callback, without parameters.
    Head,
    /// `GET` of another path, with a stranger's good key.
    WrongPath,
    /// The callback without any parameter.
    WithoutKey,
    /// The callback with an empty key.
    EmptyKey,
    /// `POST` of the callback with a stranger's good key.
    Post,
    /// The callback with a stranger's good key, asked for under a foreign host name.
    ForeignHost,
    /// The callback with a stranger's good key: after the genuine one, a duplicate.
    StrangersKey,
    /// The callback with a stranger's code and a state that the tool never made.
    WrongState,
    /// The callback with a stranger's code and no state.
    WithoutState,
    /// A refusal (`error=access_denied`) with a state that the tool never made.
    ForgedRefusal,
    /// The callback with a stranger's code and another issuer than the one that was asked.
    WrongIssuer,
    /// A refusal with the right state, whose words would steer a terminal and run a script.
    HostileRefusal,
    /// The callback with two codes, the second a stranger's.
    TwoCodes,
}

/// Words that stand in a hostile refusal, harmless by themselves.
pub const HOSTILE_WORDS: &str = "nobody may do that";

impl Stray {
    /// What observations call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::IdleConnection => "idle-connection",
            Self::Favicon => "favicon",
            Self::Head => "head",
            Self::WrongPath => "wrong-path",
            Self::WithoutKey => "without-key",
            Self::EmptyKey => "empty-key",
            Self::Post => "post",
            Self::ForeignHost => "foreign-host",
            Self::StrangersKey => "strangers-key",
            Self::WrongState => "wrong-state",
            Self::WithoutState => "without-state",
            Self::ForgedRefusal => "forged-refusal",
            Self::WrongIssuer => "wrong-issuer",
            Self::HostileRefusal => "hostile-refusal",
            Self::TwoCodes => "two-codes",
        }
    }

    /// Whether it carries a stranger's good key, or a stranger's code, which is then called
    /// `stranger` and its name.
    pub fn is_forgery(self) -> bool {
        !matches!(
            self,
            Self::IdleConnection
                | Self::Favicon
                | Self::Head
                | Self::WithoutKey
                | Self::EmptyKey
                | Self::ForgedRefusal
                | Self::HostileRefusal
        )
    }
}

/// The person signs in, and the browser does nothing else.
pub const SIGNS_IN: Browser =
    Browser { person: Person::SignsIn, before: &[], after: &[], looks_up_addresses: false };

impl Browser {
    /// Whether one of the stray requests has a state that is wrong in some way.
    pub fn needs_state(self) -> bool {
        self.has(&[
            Stray::WrongState,
            Stray::WithoutState,
            Stray::ForgedRefusal,
            Stray::HostileRefusal,
            Stray::TwoCodes,
        ])
    }

    /// Whether one of the stray requests names another issuer.
    pub fn needs_issuer(self) -> bool {
        self.has(&[Stray::WrongIssuer])
    }

    fn has(self, strays: &[Stray]) -> bool {
        self.before.iter().chain(self.after).any(|stray| strays.contains(stray))
    }
}
