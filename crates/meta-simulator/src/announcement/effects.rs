use super::Announcement;
use crate::{Customer, accounts::Number, simulator::State};

impl State {
    /// Has be so what is announced.
    pub(super) fn take_effect(&mut self, number: &Number, announcement: &Announcement) {
        let (id, account) = (&number.phone_number_id, &number.business_account_id);
        match announcement {
            Announcement::PhoneNumberQualityUpdate {
                event,
                current_limit,
                ..
            } => {
                let health = self.accounts.health_mut(id);
                health.messaging_limit.clone_from(current_limit);
                match event.as_str() {
                    "THROUGHPUT_UPGRADE" => "HIGH".clone_into(&mut health.throughput_level),
                    "FLAGGED" => {
                        "RED".clone_into(&mut health.quality_rating);
                        "FLAGGED".clone_into(&mut health.status);
                    }
                    "UNFLAGGED" => {
                        "GREEN".clone_into(&mut health.quality_rating);
                        "CONNECTED".clone_into(&mut health.status);
                    }
                    _ => {}
                }
            }
            Announcement::PhoneNumberNameUpdate {
                decision,
                requested_verified_name,
                ..
            } => {
                let health = self.accounts.health_mut(id);
                health.name_status.clone_from(decision);
                if decision == "APPROVED"
                    && let Some(number) = self.accounts.number_mut(id)
                {
                    number.verified_name.clone_from(requested_verified_name);
                }
            }
            Announcement::AccountUpdate { event, details } if event == "DISABLED_UPDATE" => {
                let ban = details.get("ban_info");
                let disabled = ban.is_some_and(|ban| ban["waba_ban_state"] == "DISABLE");
                self.accounts.set_disabled(account, disabled);
            }
            Announcement::MessageTemplateStatusUpdate {
                name,
                language,
                event,
                ..
            } => {
                let templates = &mut self.accounts.templates;
                if let Some((_, template)) = templates.find_mut(account, name, language) {
                    template.status.clone_from(event);
                }
            }
            Announcement::TemplateCategoryUpdate {
                name,
                language,
                new_category,
                ..
            } => {
                let templates = &mut self.accounts.templates;
                if let Some((_, template)) = templates.find_mut(account, name, language) {
                    template.category.clone_from(new_category);
                }
            }
            Announcement::UserPreferences { customer, value } => {
                self.contacts.remember(customer);
                let chat = self.contacts.chat_mut(id, &customer.key());
                chat.marketing_stopped = value == "stop";
            }
            Announcement::UserChangedNumber { customer, phone } => {
                let changed = Customer {
                    phone: Some(phone.clone()),
                    ..customer.clone()
                };
                self.contacts.rename(customer, &changed);
            }
            Announcement::UserChangedUserId {
                customer,
                user_id,
                parent_user_id,
            }
            | Announcement::UserIdUpdate {
                customer,
                user_id,
                parent_user_id,
            } => {
                let changed = Customer {
                    user_id: Some(user_id.clone()),
                    parent_user_id: parent_user_id.clone(),
                    ..customer.clone()
                };
                self.contacts.rename(customer, &changed);
            }
            _ => {}
        }
    }
}
