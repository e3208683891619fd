//! How the tool is started for one run: its arguments, and the variables that it is given.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Stage;
use super::keys::Keys;
use crate::observation::OTHER_PLATFORM;
use crate::process::Launch;
use crate::profile::fill;
use crate::scenario::{
    CREATED_KEY_NAME, ELSEWHERE, Machine, Run, SAMPLE_OUTPUT, STALL_LIMIT, Token, Url, UrlVariable,
    Variable,
};

/// Where the credential lies that an option names by its file, from the sandbox's root.
const TOKEN_FILE: &str = "tmp/token";

impl Stage<'_> {
    /// The values of the profile's placeholders.
    pub(super) fn placeholders(&self) -> Vec<(String, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut values = vec![
            ("home".to_owned(), text(&self.sandbox.home())),
            ("sandbox".to_owned(), text(self.sandbox.root())),
            ("platform.url".to_owned(), self.platform.url().to_owned()),
        ];
        for (name, upstream) in self.platform.upstreams() {
            values.push((format!("upstream.{name}.url"), upstream.url().to_owned()));
        }
        values
    }

    /// How the tool is started for `run`, and which variables it is given for it alone. `given` is
    /// the name of the key that it is given on its command line or standard input.
    pub(super) fn launch(&self, run: &Run, given: &str) -> io::Result<(Launch, Vec<String>)> {
        let cli = &self.setting.profile.cli;
        let mut values = self.placeholders();
        values.push(("token".to_owned(), self.token(run.token, given)));
        values.push(("name".to_owned(), CREATED_KEY_NAME.to_owned()));
        values.push(("id".to_owned(), Keys::choose(run.revokes, &self.platform)));
        let out = self.sandbox.root().join(SAMPLE_OUTPUT);
        values.push(("out".to_owned(), out.to_string_lossy().into_owned()));
        let elsewhere = self.sandbox.root().join(ELSEWHERE);
        values.push(("elsewhere".to_owned(), elsewhere.to_string_lossy().into_owned()));
        let invocation = cli.commands.get(&run.command).cloned().unwrap_or_default();
        let mut arguments: Vec<String> =
            invocation.arguments.iter().map(|argument| fill(argument, &values)).collect();
        arguments.extend(self.option(run, &values)?);
        if let (true, Some(limit)) = (run.stalled, &cli.time_limit) {
            let seconds = [("seconds".to_owned(), STALL_LIMIT.as_secs().to_string())];
            arguments.extend(limit.flag.iter().map(|argument| fill(argument, &seconds)));
        }
        if run.url.has_option() {
            let url = [("url".to_owned(), self.platform.url().to_owned())];
            arguments.extend(cli.url.flag.iter().map(|argument| fill(argument, &url)));
        }
        let argv = self.setting.subject.iter().cloned().chain(arguments).collect();

        let own = self.own_environment(run);
        let shown = own.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let profiles =
            cli.environment.iter().map(|(name, value)| (name.clone(), fill(value, &values)));
        let mut environment = self.sandbox.environment(self.egress.url());
        environment.extend(profiles);
        let allowance = cli.url.allowance.as_ref().filter(|_| run.strict);
        environment.retain(|(name, _)| Some(name) != allowance);
        environment.extend(own);
        on_machine(run.machine, &mut environment);
        let launch = Launch {
            argv,
            environment,
            directory: self.sandbox.home(),
            umask: run.umask,
            terminal: run.terminal,
            disk_full: run.machine == Machine::FullDisk,
            unprivileged: run.machine == Machine::Unprivileged,
            silent_input: run.machine == Machine::SilentInput,
            input: fill(&invocation.input, &values),
        };
        Ok((launch, shown))
    }

    /// The arguments of the option that carries a credential, when `run` has it.
    fn option(&self, run: &Run, values: &[(String, String)]) -> io::Result<Vec<String>> {
        let (true, Some(flag)) = (run.flag, &self.setting.profile.cli.flag) else {
            return Ok(Vec::new());
        };
        let file = self.sandbox.root().join(TOKEN_FILE);
        if flag.arguments.iter().any(|argument| argument.contains("{token_file}")) {
            std::fs::write(&file, self.keys.secret("option"))?;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
        }
        let own = [
            ("token".to_owned(), self.keys.secret("option").to_owned()),
            ("token_file".to_owned(), file.to_string_lossy().into_owned()),
        ];
        let values: Vec<_> = own.into_iter().chain(values.iter().cloned()).collect();
        Ok(flag.arguments.iter().map(|argument| fill(argument, &values)).collect())
    }

    /// The variables that `run` alone is given.
    fn own_environment(&self, run: &Run) -> Vec<(String, String)> {
        let cli = &self.setting.profile.cli;
        let mut own = Vec::new();
        let url = match run.url {
            Url::Platform => Some(self.platform.url().to_owned()),
            Url::PlatformWithSlash => Some(format!("{}/", self.platform.url())),
            Url::Closed => Some(format!("http://127.0.0.1:{}", self.closed_port)),
            Url::Other | Url::OptionOverOther => self.url_of(OTHER_PLATFORM),
            Url::Each { variable, .. } => match variable {
                UrlVariable::Unset => None,
                UrlVariable::Own => self.url_of("variable"),
                UrlVariable::Empty => Some(String::new()),
                UrlVariable::Blank => Some("  ".to_owned()),
            },
            Url::Unset | Url::Option => None,
        };
        own.extend(url.map(|url| (cli.url.variable.clone(), url)));
        let environment = self.keys.secret("environment");
        let credential = match run.variable {
            Variable::Unset => None,
            Variable::Valid | Variable::Rejected => Some(environment.to_owned()),
            Variable::Padded => Some(format!("{environment}\n")),
            Variable::Empty => Some(String::new()),
            Variable::Blank => Some("  ".to_owned()),
        };
        if let (Some(value), Some(credential)) = (credential, &cli.credential) {
            own.push((credential.variable.clone(), value));
        }
        if let (true, Some(bypass)) = (run.bypass, &cli.bypass) {
            let upstream = self.platform.upstream(&bypass.upstream);
            let secret = upstream.map(|upstream| upstream.secret().expose().to_owned());
            own.extend(secret.map(|secret| (bypass.variable.clone(), secret)));
        }
        let limit = cli.time_limit.as_ref().and_then(|limit| limit.variable.as_ref());
        if let (true, Some(limit)) = (run.stalled, limit) {
            own.push((limit.clone(), STALL_LIMIT.as_secs().to_string()));
        }
        let limit = cli.login.as_ref().and_then(|login| login.time_limit_variable.as_ref());
        if let (Some(wait), Some(limit)) = (run.time_limit, limit) {
            own.push((limit.clone(), wait.as_secs().to_string()));
        }
        own
    }

    fn token(&self, token: Token, given: &str) -> String {
        let given = self.keys.secret(given);
        match token {
            Token::Valid | Token::Rejected => given.to_owned(),
            Token::Padded => format!("  {given}\r\n"),
            Token::Blank => "  ".to_owned(),
            Token::Broken => {
                let (head, tail) = given.split_at(given.len() / 2);
                format!("{head}\u{7}{tail}")
            }
        }
    }
}

/// The environment as it is on such a machine.
fn on_machine(machine: Machine, environment: &mut Vec<(String, String)>) {
    match machine {
        Machine::NoHome => {
            environment.retain(|(name, _)| name != "HOME" && !name.starts_with("XDG_"));
        }
        Machine::FarTimeZone => {
            environment.retain(|(name, _)| name != "TZ");
            environment.push(("TZ".to_owned(), "AHEAD-14".to_owned()));
        }
        Machine::NoColour => environment.push(("NO_COLOR".to_owned(), "1".to_owned())),
        Machine::Usual | Machine::FullDisk | Machine::SilentInput | Machine::Unprivileged => {}
    }
}
