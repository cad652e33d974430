//! Words by which people say, as a whole message, that they want no marketing, or want it
//! again.

use std::{collections::HashSet, sync::LazyLock};

use super::MarketingConsent;
use crate::text::fold_for_search;

/// Those that mean nothing else in a shop: `cancel` may be about an order.
const STOP: &[&str] = &[
    // English, and understood everywhere
    "stop",
    "stop all",
    "stopall",
    "unsubscribe",
    "opt out",
    "optout",
    "opt-out",
    // Arabic
    "إيقاف",
    "توقف",
    "إلغاء الاشتراك",
    "الغاء الاشتراك",
    // Chinese
    "退订",
    "取消订阅",
    "取消訂閱",
    // Czech and Slovak
    "odhlásit",
    "odhlásiť",
    // Dutch
    "afmelden",
    "uitschrijven",
    // French
    "arrêt",
    "arrêter",
    "désabonner",
    "se désabonner",
    "désinscription",
    // German
    "stopp",
    "abmelden",
    "abbestellen",
    // Greek
    "διαγραφή",
    "στοπ",
    // Hebrew
    "הסר",
    "הסרה",
    // Hindi
    "रोकें",
    "सदस्यता रद्द करें",
    // Hungarian
    "leiratkozás",
    "leiratkozom",
    // Indonesian and Malay
    "berhenti",
    "berhenti berlangganan",
    // Italian
    "disiscrivi",
    "disiscrivimi",
    "cancella iscrizione",
    // Japanese
    "停止",
    "配信停止",
    "ストップ",
    // Korean
    "수신거부",
    "구독취소",
    // Polish
    "wypisz",
    "wypisz mnie",
    // Portuguese
    "parar",
    "pare",
    "sair da lista",
    "descadastrar",
    "cancelar inscrição",
    // Romanian
    "dezabonare",
    // Russian and Ukrainian
    "стоп",
    "отписаться",
    "отпишите меня",
    "відписатися",
    // Spanish
    "baja",
    "darme de baja",
    "dar de baja",
    "cancelar suscripción",
    // Swahili
    "acha",
    // Swedish, Danish and Norwegian
    "avregistrera",
    "afmeld",
    "avmeld",
    // Thai
    "ยกเลิกการสมัคร",
    // Turkish
    "abonelikten çık",
    // In capitals, the dot tells the letters apart, which a program does not see.
    "abonelikten çik",
    "aboneliği iptal et",
    // Vietnamese
    "hủy đăng ký",
];

/// They undo a stop, and nothing else: who says `start` to a shop for the first time has not
/// asked for marketing.
const START: &[&str] = &[
    "start",
    "unstop",
    "resubscribe",
    "subscribe",
    "alta",
    "suscribirme",
    "réabonner",
    "anmelden",
    "старт",
    "подписаться",
    "订阅",
    "受信再開",
    "اشتراك",
];

static STOPS: LazyLock<HashSet<String>> = LazyLock::new(|| folded(STOP));
static STARTS: LazyLock<HashSet<String>> = LazyLock::new(|| folded(START));

fn folded(words: &[&str]) -> HashSet<String> {
    words.iter().copied().map(plain).collect()
}

/// Without case, accents, and what stands around and between words.
fn plain(text: &str) -> String {
    let folded = fold_for_search(text);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// What a customer whose consent is the present one says by this message, if that is all that
/// it says.
pub fn consent_in(text: &str, present: MarketingConsent) -> Option<MarketingConsent> {
    /// More than any of the words has.
    const MAX_LENGTH: usize = 100;
    if text.len() > MAX_LENGTH {
        return None;
    }
    let text = plain(text);
    match present {
        MarketingConsent::OptedOut if STARTS.contains(&text) => Some(MarketingConsent::OptedIn),
        MarketingConsent::Unknown | MarketingConsent::OptedIn if STOPS.contains(&text) => {
            Some(MarketingConsent::OptedOut)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MarketingConsent::{OptedIn, OptedOut, Unknown};

    #[test]
    fn a_word_that_is_the_whole_message_stops_marketing() {
        for text in [
            "STOP",
            " stop. ",
            "Stop!!",
            "«Opt-Out»",
            "ARRET",
            "désabonner",
            "Baja",
            "стоп",
            "退订",
            "הסר",
            "إيقاف",
            "수신거부",
            "Abonelikten ÇIK",
            "रोकें",
        ] {
            assert_eq!(consent_in(text, Unknown), Some(OptedOut), "{text}");
            assert_eq!(consent_in(text, OptedIn), Some(OptedOut), "{text}");
            assert_eq!(consent_in(text, OptedOut), None, "{text}");
        }
    }

    #[test]
    fn what_says_more_or_something_else_stops_nothing() {
        for text in [
            "",
            "!",
            "Please stop by tomorrow",
            "nonstop",
            "cancel",
            "no",
            "stop the order",
            "Where is the bus stop?",
            &"stop ".repeat(30),
        ] {
            assert_eq!(consent_in(text, OptedIn), None, "{text}");
        }
    }

    #[test]
    fn a_start_undoes_a_stop_alone() {
        assert_eq!(consent_in("Start", OptedOut), Some(OptedIn));
        assert_eq!(consent_in("Start", Unknown), None);
        assert_eq!(consent_in("Start", OptedIn), None);
    }
}
