use std::{
    future::{Ready, ready},
    net::{IpAddr, SocketAddr},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header, web::Data};
use application::auth::Client;
use ipnet::IpNet;

use crate::{ApiSettings, problem::Problem};

/// The device that sent the request, as far as it can be known.
pub(crate) struct ClientInfo(pub(crate) Client);

impl FromRequest for ClientInfo {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

impl ClientInfo {
    pub(crate) fn of(request: &HttpRequest) -> Self {
        let header = |name| {
            let value = request.headers().get(name);
            value.and_then(|value| value.to_str().ok())
        };
        let trusted = request
            .app_data::<Data<ApiSettings>>()
            .map(|settings| settings.trusted_proxies.as_slice())
            .unwrap_or_default();
        let address = request.peer_addr().map(|peer| {
            // Some proxies append to the header, others add one of their own after it.
            let forwarded = request.headers().get_all(header::X_FORWARDED_FOR);
            let forwarded: Vec<_> = forwarded
                .map(|value| value.to_str().unwrap_or_default())
                .collect();
            client_address(peer.ip(), &forwarded.join(","), trusted)
        });
        Self(Client {
            address,
            user_agent: header(header::USER_AGENT)
                .map(|text| text.chars().take(Client::MAX_USER_AGENT_LENGTH).collect()),
        })
    }
}

/// Each proxy appends whom it heard from. What stands before the last address that is not
/// one of our proxies was written by that stranger, who may lie.
fn client_address(peer: IpAddr, forwarded: &str, trusted: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    for hop in forwarded.rsplit(',') {
        if !is_ours(&client) {
            break;
        }
        match address_of(hop.trim()) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// Some proxies tell the port, too.
fn address_of(hop: &str) -> Option<IpAddr> {
    let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
    hop.parse().or_else(|_| with_port()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client_of(peer: &str, forwarded: &str) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        client_address(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        assert_eq!(client_of("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(client_of("10.0.0.2", "198.51.100.1"), "198.51.100.1");
        assert_eq!(client_of("::ffff:10.0.0.2", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            client_of("10.0.0.2", "1.1.1.1, 198.51.100.1, 10.0.0.3"),
            "198.51.100.1"
        );
        assert_eq!(client_of("10.0.0.2", "198.51.100.1:4711"), "198.51.100.1");
        assert_eq!(client_of("10.0.0.2", "[2001:db8::1]:4711"), "2001:db8::1");
        assert_eq!(client_of("10.0.0.2", "nonsense"), "10.0.0.2");
        assert_eq!(client_of("10.0.0.2", ""), "10.0.0.2");
    }
}
