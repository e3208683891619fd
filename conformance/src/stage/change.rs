//! What changes between two runs, at the platform or on the machine.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use super::{Stage, StageError, keys};
use crate::observation::RunRecord;
use crate::scenario::{ACCESS_TOKEN_LIFETIME, Change, TIME_THAT_PASSES};

impl Stage<'_> {
    /// Makes the change. `last`: what was seen of the run before it.
    pub(super) fn change(
        &mut self,
        change: Change,
        last: Option<&RunRecord>,
    ) -> Result<(), StageError> {
        match change {
            Change::RevokeKey(name) => {
                if let Some(key) = self.keys.get(name) {
                    self.platform.revoke_key(&key.id);
                }
            }
            Change::ChangeAccount => keys::change_account(&self.platform),
            Change::FillKeys => self.keys.fill(&self.platform, &self.setting.profile),
            Change::MakeRoom => self.keys.make_room(&self.platform),
            Change::TimePasses => self.platform.clock().advance(TIME_THAT_PASSES),
            Change::HoursAreTurnedBack => {
                let clock = self.platform.clock();
                clock.set(clock.now() - ACCESS_TOKEN_LIFETIME * 2);
            }
            Change::HoursPass => self.platform.clock().advance(ACCESS_TOKEN_LIFETIME * 2),
            Change::OtherTools(tools) => self.lay_other_tools(tools)?,
            Change::Sources(sources) => self.lay_sources(sources)?,
            Change::UrlFiles(files) => self.lay_url_files(files)?,
            Change::DisablePersonalTokens => self.platform.allow_personal_tokens(false),
            Change::LockHome => self.sandbox.lock_home()?,
            Change::CloseStore => self.close_store()?,
            Change::ClearScript => self.platform.clear_script(),
            Change::EndSession => self.platform.revoke_family(self.keys.secret("refresh")),
            Change::TakeLoginPort => {
                if let Some(port) = last.and_then(|run| run.login_port) {
                    match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                        Ok(listener) => self.held.push(listener),
                        // Somebody else was first: it is taken all the same.
                        Err(error) if error.kind() == ErrorKind::AddrInUse => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(())
    }
}
