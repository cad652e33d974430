use bytes::Bytes;
use domain::{
    organizations::OrganizationId,
    request_id,
    sealed::Sealed,
    whatsapp::{
        AccountId, NewDelivery, PhoneNumberId,
        webhook::{self, Routing},
    },
};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::{WhatsApp, app_secret_purpose, signature::Signature};
use crate::Error;

/// Who signed a delivery.
enum Signer {
    /// The platform's app: it may speak of every account.
    Platform,
    /// An organization's own app: it may speak of that organization's accounts.
    Organization(OrganizationId),
}

impl WhatsApp {
    /// Whether it is Meta who sets the webhook up. Source: cloud API 5.1.
    pub fn is_verification(&self, mode: &str, verify_token: &str) -> bool {
        let expected = self.settings.whatsapp_verify_token.expose_secret();
        let equal = expected.as_bytes().ct_eq(verify_token.as_bytes());
        mode == "subscribe" && !expected.is_empty() && equal.into()
    }

    /// Takes in one POST of Meta's, as it came. Once this returns, the delivery cannot get
    /// lost any more; it is read later, by a job. Only a bad signature is refused.
    #[tracing::instrument(skip_all, fields(delivery.size = body.len()))]
    pub async fn receive_delivery(
        &self,
        body: Bytes,
        signature: Option<&str>,
    ) -> Result<(), Error> {
        let routing = webhook::routing(&body);
        let organization_id = match self.signer(&body, signature, &routing).await? {
            Signer::Platform => None,
            Signer::Organization(id) => Some(id),
        };
        let delivery = NewDelivery {
            body,
            organization_id,
            ordering_key: routing.ordering_key(),
            request_id: request_id::current(),
            received_at: self.ports.clock.now(),
        };
        Ok(self.ports.deliveries.accept(delivery).await?)
    }

    async fn signer(
        &self,
        body: &[u8],
        signature: Option<&str>,
        routing: &Routing,
    ) -> Result<Signer, Error> {
        const REFUSED: Error = Error::Unauthenticated {
            code: "invalid_signature",
            detail: "the signature is missing or wrong",
        };
        let signature = signature.and_then(Signature::parse).ok_or(REFUSED)?;
        if signature.is_of(body, &self.settings.whatsapp_app_secret) {
            return Ok(Signer::Platform);
        }
        for (organization_id, account_id, sealed) in self.app_secrets(routing).await? {
            let purpose = app_secret_purpose(account_id);
            let secret = self
                .settings
                .sealing_keys
                .open(&sealed, &purpose)
                .map_err(Error::internal)?;
            if signature.is_of(body, &secret) {
                return Ok(Signer::Organization(organization_id));
            }
        }
        Err(REFUSED)
    }

    /// The secrets of those accounts of which the delivery claims to speak.
    async fn app_secrets(
        &self,
        routing: &Routing,
    ) -> Result<Vec<(OrganizationId, AccountId, Sealed)>, Error> {
        const AT_MOST: usize = 20;
        let system = self.ports.store.read_system();
        if let Some(phone_number_id) = &routing.phone_number_id {
            let phone_number_id = PhoneNumberId(phone_number_id.clone());
            let secret = system.accounts().app_secret(&phone_number_id).await?;
            return Ok(secret.into_iter().collect());
        }
        let Some(business_account_id) = &routing.business_account_id else {
            return Ok(Vec::new());
        };
        let accounts = system
            .accounts()
            .by_business_account_id(business_account_id)
            .await?;
        let mut secrets = Vec::new();
        for (organization_id, account_id) in accounts.into_iter().take(AT_MOST) {
            let data = self.ports.store.read(organization_id);
            let account = data.accounts().find(account_id).await?;
            if let Some(secret) = account.and_then(|account| account.app_secret) {
                secrets.push((organization_id, account_id, secret));
            }
        }
        Ok(secrets)
    }
}
