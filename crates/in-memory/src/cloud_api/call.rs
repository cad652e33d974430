use bytes::Bytes;
use domain::whatsapp::{ItemChange, MediaUpload, Outgoing, PhoneSync, Recipient};

/// Something that was asked, whatever the answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Send(Outgoing),
    MarkRead { wamid: String },
    ShowTyping { wamid: String },
    PhoneNumber,
    Token,
    Subscribe,
    Block(Recipient),
    Unblock(Recipient),
    SubscribedApps,
    RequestSync(PhoneSync),
    DescribeMedia { media_id: String },
    Upload { file: MediaUpload, content: Bytes },
    TemplateCategory { name: String },
    Download { url: String },
    Catalogs,
    ChangeItems(Vec<ItemChange>),
    BatchStatus,
    ShownItems,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Send,
    MarkRead,
    ShowTyping,
    PhoneNumber,
    Token,
    Subscribe,
    Block,
    Unblock,
    SubscribedApps,
    RequestSync,
    DescribeMedia,
    Upload,
    TemplateCategory,
    Download,
    Catalogs,
    ChangeItems,
    BatchStatus,
    ShownItems,
}

impl Call {
    pub(super) fn kind(&self) -> CallKind {
        match self {
            Self::Send(_) => CallKind::Send,
            Self::MarkRead { .. } => CallKind::MarkRead,
            Self::ShowTyping { .. } => CallKind::ShowTyping,
            Self::PhoneNumber => CallKind::PhoneNumber,
            Self::Token => CallKind::Token,
            Self::Subscribe => CallKind::Subscribe,
            Self::Block(_) => CallKind::Block,
            Self::Unblock(_) => CallKind::Unblock,
            Self::SubscribedApps => CallKind::SubscribedApps,
            Self::RequestSync(_) => CallKind::RequestSync,
            Self::DescribeMedia { .. } => CallKind::DescribeMedia,
            Self::Upload { .. } => CallKind::Upload,
            Self::TemplateCategory { .. } => CallKind::TemplateCategory,
            Self::Download { .. } => CallKind::Download,
            Self::Catalogs => CallKind::Catalogs,
            Self::ChangeItems(_) => CallKind::ChangeItems,
            Self::BatchStatus => CallKind::BatchStatus,
            Self::ShownItems => CallKind::ShownItems,
        }
    }
}
