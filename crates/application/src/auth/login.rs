use std::{
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use domain::{auth::EmailAddress, rate_limit::Quota};
use secrecy::SecretString;

use super::{Auth, Client, SignIn};
use crate::Error;

/// So many times within a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub count: u32,
    pub period: Duration,
}

/// Failures for one account. A success forgets them.
pub const ACCOUNT_LIMIT: Limit = Limit {
    count: 10,
    period: Duration::from_mins(15),
};

/// Attempts from one address, whatever comes of them.
pub const ADDRESS_LIMIT: Limit = Limit {
    count: 20,
    period: Duration::from_mins(1),
};

impl Auth {
    /// Begins a session. A wrong e-mail address and a wrong password are not told apart, by
    /// neither the answer nor the time that it takes.
    #[tracing::instrument(skip_all)]
    pub async fn login(
        &self,
        email: &str,
        password: SecretString,
        client: Client,
    ) -> Result<SignIn, Error> {
        let email = EmailAddress::parse(email).ok();
        let account_key = email.as_ref().map(|email| format!("login:account:{email}"));
        let address_key = client.address.map(address_key);
        let keys: Vec<_> = [(&address_key, ADDRESS_LIMIT), (&account_key, ACCOUNT_LIMIT)]
            .into_iter()
            .filter_map(|(key, limit)| Some((key.clone()?, Quota::per(limit.count, limit.period))))
            .collect();
        Error::check(self.ports.rate_limiter.acquire(&keys).await?)?;

        let system = self.ports.store.read_system();
        let user = match &email {
            Some(email) => system.users().find_by_email(email).await?,
            None => None,
        };
        let hash = user.as_ref().map(|user| user.password_hash.clone());
        let is_right = self.passwords.verify(password, hash).await?;
        let user = user.filter(|_| is_right).ok_or_else(invalid_credentials)?;
        let membership = system.users().membership(user.id).await?;
        let (organization_id, role) = membership.ok_or_else(invalid_credentials)?;

        if let Some(key) = account_key {
            self.ports.rate_limiter.reset(&key).await?;
        }
        let tokens = self
            .open_session(&user, organization_id, role, client)
            .await?;
        let profile = self.profile(user, organization_id, role).await?;
        Ok(SignIn { profile, tokens })
    }
}

/// A household or a server has a whole /64 of IPv6 addresses at its command.
fn address_key(address: IpAddr) -> String {
    let network = match address {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let prefix = address.to_bits() & (u128::MAX << 64);
            IpAddr::V6(Ipv6Addr::from_bits(prefix))
        }
    };
    format!("login:address:{network}")
}

fn invalid_credentials() -> Error {
    Error::Unauthenticated {
        code: "invalid_credentials",
        detail: "the e-mail address or the password is wrong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_ipv6_network_share_a_limit() {
        let key = |text: &str| address_key(text.parse().unwrap());
        assert_eq!(key("2001:db8::1"), key("2001:db8::2:3:4:5"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }
}
