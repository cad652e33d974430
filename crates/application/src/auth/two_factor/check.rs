use domain::{
    auth::{TwoFactor, User},
    job::SecurityNotice,
    store::SystemUnitOfWork,
};

use super::{recovery_codes, totp};
use crate::{
    Error,
    auth::{
        Auth, Client,
        login::{invalid_credentials, note_refusal},
    },
};

impl Auth {
    /// Checks the code of a user whose password was right, if the user has turned that on,
    /// and answers the user as it is now. The code is used up when this unit of work commits:
    /// of many who present the same one, one wins. Nobody else changes the user until then.
    pub(in crate::auth) async fn check_second_factor(
        &self,
        system: &dyn SystemUnitOfWork,
        user: &User,
        code: Option<&str>,
        client: &Client,
    ) -> Result<User, Error> {
        let checked = &user.password_hash;
        let user = system.users().lock(user.id).await?;
        // Sessions that begin with a password that was just changed would outlive the change.
        let mut user = user
            .filter(|user| user.password_hash == *checked)
            .ok_or_else(invalid_credentials)?;
        let TwoFactor::On { secret, last_step } = user.two_factor.clone() else {
            return Ok(user);
        };
        let code = code.ok_or_else(code_required)?;
        let now = self.ports.clock.now();
        let keys = &self.settings.sealing_keys;
        let step = totp::check(keys, &user, &secret, code, now)?;
        if let Some(step) = step.filter(|step| *step > last_step) {
            user.two_factor = TwoFactor::On {
                secret,
                last_step: step,
            };
            system.users().update(&user).await?;
            return Ok(user);
        }
        let is_spent = match recovery_codes::hash(&self.opaque_tokens, code) {
            Some(hash) => system.users().spend_recovery_code(user.id, &hash).await?,
            None => false,
        };
        if !is_spent {
            note_refusal(Some(user.id), client, "second factor");
            return Err(wrong_code());
        }
        system.enqueue(self.notice(user.id, SecurityNotice::RecoveryCodeUsed, client));
        Ok(user)
    }
}

fn code_required() -> Error {
    Error::Unauthenticated {
        code: "two_factor_required",
        detail: "send the authenticator's code, or a recovery code, as `code`",
    }
}

fn wrong_code() -> Error {
    Error::Unauthenticated {
        code: "invalid_two_factor_code",
        detail: "the code is wrong, too old, or was used before",
    }
}
