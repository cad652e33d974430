use domain::{
    audit::{AuditAction, AuditFilter},
    auth::{OneTimeToken, TokenHash, TokenPurpose},
    page::PageRequest,
    store::Store,
};
use infrastructure::database::SeaStore;

use crate::given::{Business, Stack, file, newest};

/// Of accounts and teams.
pub(super) async fn run(stack: &Stack, store: &SeaStore, business: &Business, before: PageRequest) {
    let (now, user) = (stack.now(), &business.user);
    let hash = TokenHash([1; 32]);
    let system = store.begin_system().await.unwrap();
    let token = OneTimeToken {
        hash,
        purpose: TokenPurpose::PasswordReset,
        user_id: user.id,
        email: user.email.clone(),
        created_at: now,
        expires_at: now + chrono::Duration::hours(1),
    };
    let tokens = system.one_time_tokens();
    tokens.insert(&token).await.unwrap();
    tokens.sweep_expired(now, 100).await.unwrap();
    let invitations = system.invitations();
    invitations.sweep_expired(now, 100).await.unwrap();
    system.commit().await.unwrap();

    let system = store.read_system();
    let sessions = system.sessions();
    sessions.of_user(user.id, now, newest(25)).await.unwrap();
    system.users().memberships(user.id).await.unwrap();
    system.invitations().find_by_token(&hash).await.unwrap();
    let accounts = system.accounts();
    accounts.due_for_check(now, 50).await.unwrap();
    let keys = [file(business, now).key];
    system.files().orphans_among(&keys).await.unwrap();

    let read = store.read(business.id());
    read.members().list(before).await.unwrap();
    read.invitations().list(before).await.unwrap();
    let chat = business.chat.id;
    read.notes().list(chat, before).await.unwrap();
    let replies = read.canned_replies();
    replies.list(None, before).await.unwrap();
    let all = AuditFilter::default();
    read.audit_log().list(&all, before).await.unwrap();
    let filters = [
        AuditFilter {
            action: Some(AuditAction::LogoChanged),
            ..all.clone()
        },
        AuditFilter {
            actor_id: Some(user.id),
            ..all.clone()
        },
        AuditFilter {
            target_id: Some(user.id.uuid()),
            ..all.clone()
        },
        AuditFilter {
            from: Some(now),
            to: Some(now + chrono::Duration::days(1)),
            ..all
        },
    ];
    for filter in filters {
        read.audit_log().list(&filter, newest(25)).await.unwrap();
    }
}
