use domain::organizations::Role;

/// What a role may do, for pages that show only what is possible. Stable.
pub fn permissions(role: Role) -> Vec<&'static str> {
    const AGENT: [&str; 5] = [
        "organization.read",
        "accounts.read",
        "contacts.read",
        "chats.read",
        "chats.write",
    ];
    const ADMIN: [&str; 2] = ["organization.write", "accounts.write"];
    let mut permissions = AGENT.to_vec();
    if role >= Role::Admin {
        permissions.extend(ADMIN);
    }
    permissions
}
