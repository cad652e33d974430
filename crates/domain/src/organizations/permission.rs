use super::Role;

/// Something that not everybody may do. What a role may do is decided here alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    OrganizationRead,
    OrganizationWrite,
    MembersRead,
    /// To invite, to deactivate and to remove.
    MembersWrite,
    RolesWrite,
    OwnershipTransfer,
    AuditLogRead,
    AccountsRead,
    AccountsWrite,
    ContactsRead,
    /// To block people.
    ContactsWrite,
    /// To make customers of all who are none.
    ContactsSync,
    ChatsRead,
    ChatsWrite,
    /// To see chats that are others', whatever the organization lets its agents see.
    AllChatsRead,
    CatalogRead,
    CatalogWrite,
    CustomersRead,
    CustomersWrite,
    CustomersErase,
    /// To take all of them away at once.
    CustomersExport,
    /// To say what is kept of customers.
    CustomerFieldsWrite,
    SegmentsWrite,
    ImportsRead,
    /// To bring in many customers at once, and to take them out again.
    ImportsWrite,
}

impl Permission {
    pub const ALL: [Self; 25] = [
        Self::OrganizationRead,
        Self::OrganizationWrite,
        Self::MembersRead,
        Self::MembersWrite,
        Self::RolesWrite,
        Self::OwnershipTransfer,
        Self::AuditLogRead,
        Self::AccountsRead,
        Self::AccountsWrite,
        Self::ContactsRead,
        Self::ContactsWrite,
        Self::ContactsSync,
        Self::ChatsRead,
        Self::ChatsWrite,
        Self::AllChatsRead,
        Self::CatalogRead,
        Self::CatalogWrite,
        Self::CustomersRead,
        Self::CustomersWrite,
        Self::CustomersExport,
        Self::CustomersErase,
        Self::CustomerFieldsWrite,
        Self::SegmentsWrite,
        Self::ImportsRead,
        Self::ImportsWrite,
    ];

    /// The least role that has it.
    pub fn role(self) -> Role {
        match self {
            Self::OrganizationRead
            | Self::MembersRead
            | Self::AccountsRead
            | Self::ContactsRead
            | Self::ContactsWrite
            | Self::ChatsRead
            | Self::ChatsWrite
            | Self::CatalogRead
            | Self::CustomersRead
            | Self::CustomersWrite
            | Self::ImportsRead => Role::Agent,
            Self::OrganizationWrite
            | Self::MembersWrite
            | Self::AuditLogRead
            | Self::AccountsWrite
            | Self::AllChatsRead
            | Self::ContactsSync
            | Self::CatalogWrite
            | Self::CustomersExport
            | Self::CustomersErase
            | Self::CustomerFieldsWrite
            | Self::SegmentsWrite
            | Self::ImportsWrite => Role::Admin,
            Self::RolesWrite | Self::OwnershipTransfer => Role::Owner,
        }
    }

    /// Its name for clients. Stable.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrganizationRead => "organization.read",
            Self::OrganizationWrite => "organization.write",
            Self::MembersRead => "members.read",
            Self::MembersWrite => "members.write",
            Self::RolesWrite => "roles.write",
            Self::OwnershipTransfer => "ownership.transfer",
            Self::AuditLogRead => "audit_log.read",
            Self::AccountsRead => "accounts.read",
            Self::AccountsWrite => "accounts.write",
            Self::ContactsRead => "contacts.read",
            Self::ContactsWrite => "contacts.write",
            Self::ContactsSync => "contacts.sync",
            Self::ChatsRead => "chats.read",
            Self::ChatsWrite => "chats.write",
            Self::AllChatsRead => "chats.read_all",
            Self::CatalogRead => "catalog.read",
            Self::CatalogWrite => "catalog.write",
            Self::CustomersRead => "customers.read",
            Self::CustomersWrite => "customers.write",
            Self::CustomersExport => "customers.export",
            Self::CustomersErase => "customers.erase",
            Self::CustomerFieldsWrite => "customer_fields.write",
            Self::SegmentsWrite => "segments.write",
            Self::ImportsRead => "imports.read",
            Self::ImportsWrite => "imports.write",
        }
    }
}

impl Role {
    pub fn may(self, permission: Permission) -> bool {
        self >= permission.role()
    }

    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.may(*permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_do_what_those_below_it_may_and_more() {
        let count = |role: Role| role.permissions().count();
        assert!(count(Role::Agent) < count(Role::Admin));
        assert!(count(Role::Admin) < count(Role::Owner));
        assert_eq!(count(Role::Owner), Permission::ALL.len());
        assert!(Role::Agent.may(Permission::ChatsWrite));
        assert!(!Role::Agent.may(Permission::AccountsWrite));
        assert!(!Role::Admin.may(Permission::RolesWrite));
    }
}
