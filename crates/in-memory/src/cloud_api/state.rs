use std::collections::{HashMap, VecDeque};

use domain::whatsapp::{PhoneNumberHealth, TemplateCategory, TokenInfo};

use super::{APP_ID, Answer, Call, CallKind, File, ScriptedCatalog};

/// What it was asked, and what it answers.
pub(super) struct State {
    pub(super) calls: Vec<Call>,
    pub(super) script: VecDeque<(CallKind, Answer)>,
    pub(super) media: HashMap<String, File>,
    pub(super) number: PhoneNumberHealth,
    pub(super) token: TokenInfo,
    pub(super) subscribed_apps: Vec<String>,
    pub(super) template_category: Option<TemplateCategory>,
    pub(super) catalog: ScriptedCatalog,
}

impl Default for State {
    /// All is well.
    fn default() -> Self {
        Self {
            calls: Vec::new(),
            script: VecDeque::new(),
            media: HashMap::new(),
            number: PhoneNumberHealth {
                display_phone_number: Some("+1 555-010-0000".into()),
                verified_name: Some("Lucky Shrub".into()),
                name_status: Some("APPROVED".into()),
                quality_rating: Some("GREEN".into()),
                messaging_limit: Some("TIER_2K".into()),
                throughput_level: Some("STANDARD".into()),
                status: Some("CONNECTED".into()),
                on_phone: Some(false),
            },
            token: TokenInfo {
                app_id: Some(APP_ID.into()),
                expires_at: None,
                scopes: Some(vec![
                    "whatsapp_business_management".into(),
                    "whatsapp_business_messaging".into(),
                ]),
            },
            subscribed_apps: vec![APP_ID.into()],
            template_category: Some(TemplateCategory::Utility),
            catalog: ScriptedCatalog::default(),
        }
    }
}

impl State {
    pub(super) fn take_answer(&mut self, call: Call) -> Answer {
        let kind = call.kind();
        self.calls.push(call);
        let next = self.script.iter().position(|(of, _)| *of == kind);
        let answer = next.and_then(|index| self.script.remove(index));
        answer.map_or(Answer::Succeed, |(_, answer)| answer)
    }
}
