use std::{io, time::Duration};

use actix_ws::{
    AggregatedMessage, CloseCode, CloseReason, Closed, MessageStream, ProtocolError, Session,
};
use application::realtime::{Frame, Watch, WatchEnd};
use tokio::time::{self, MissedTickBehavior};

use super::frame::{ClientFrame, ServerFrame};
use crate::problem::Problem;

/// Clients have little to say.
const LONGEST_FRAME: usize = 4 * 1024;
const PING_EVERY: Duration = Duration::from_secs(20);
/// With so many pings unanswered, nobody is there.
const MOST_UNANSWERED: u32 = 2;
/// A client that takes nothing for so long is too slow.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

const SESSION_OVER: u16 = 4401;
const TOO_SLOW: u16 = 4408;

/// Why a socket is closed; None if the client is gone, or closes by itself.
type End = Option<CloseReason>;

/// Tells the client what happens until one of them has had enough.
pub(super) async fn run(mut watch: Watch, mut session: Session, incoming: MessageStream) {
    let end = talk(&mut watch, &mut session, incoming).await;
    // Closing must not wait for a client that does not read; dropping the session ends the
    // connection then.
    let closing = time::timeout(SEND_PATIENCE, session.close(end));
    if let Ok(Err(Closed)) | Err(_) = closing.await {
        tracing::debug!("A socket's client was gone before it could be closed");
    }
}

async fn talk(watch: &mut Watch, session: &mut Session, incoming: MessageStream) -> End {
    let mut incoming = incoming
        .max_frame_size(LONGEST_FRAME)
        .aggregate_continuations()
        .max_continuation_size(LONGEST_FRAME);
    let mut pings = time::interval(PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pings.reset();
    let mut unanswered = 0;
    loop {
        let sent = tokio::select! {
            news = watch.next() => match news {
                Ok(Frame::Event(event)) => match ServerFrame::event(&event) {
                    Some(frame) => send(session, &frame).await,
                    None => Ok(()),
                },
                Ok(Frame::Presence(news)) => send(session, &ServerFrame::presence(&news)).await,
                Ok(Frame::Resync { seq }) => send(session, &ServerFrame::resync(seq)).await,
                Err(end) => return Some(reason(end)),
            },
            said = incoming.recv() => match said {
                Some(Ok(AggregatedMessage::Text(text))) => {
                    match answer(watch, &text).await {
                        Some(frame) => send(session, &frame).await,
                        None => Ok(()),
                    }
                }
                Some(Ok(AggregatedMessage::Binary(_))) => {
                    let frame = ServerFrame::not_understood("only text is understood".to_owned());
                    send(session, &frame).await
                }
                Some(Ok(AggregatedMessage::Ping(payload))) => {
                    patiently(session.pong(&payload)).await
                }
                Some(Ok(AggregatedMessage::Pong(_))) => {
                    unanswered = 0;
                    Ok(())
                }
                Some(Ok(AggregatedMessage::Close(reason))) => return reason,
                Some(Err(error)) => return Some(fault(&error)),
                None => return None,
            },
            _ = pings.tick() => {
                if unanswered >= MOST_UNANSWERED {
                    return Some(CloseCode::Away.into());
                }
                unanswered += 1;
                patiently(session.ping(b"")).await
            }
        };
        if let Err(end) = sent {
            return end;
        }
    }
}

/// Does what a client said, and answers if there is anything to say.
async fn answer(watch: &mut Watch, text: &str) -> Option<ServerFrame> {
    let done = match serde_json::from_str(text) {
        Ok(ClientFrame::Ping) => return Some(ServerFrame::pong()),
        Ok(ClientFrame::Typing { chat_id }) => watch.typing(chat_id).await,
        Ok(ClientFrame::Viewing { chat_id }) => watch.view(chat_id).await,
        Err(error) => {
            return Some(ServerFrame::not_understood(format!(
                "not understood: {error}"
            )));
        }
    };
    done.err()
        .map(|error| ServerFrame::refusal(Problem::from(error)))
}

async fn send(session: &mut Session, frame: &ServerFrame) -> Result<(), End> {
    match serde_json::to_string(frame) {
        Ok(text) => patiently(session.text(text)).await,
        Err(error) => {
            tracing::error!(%error, "A frame cannot be written as JSON");
            Err(Some(CloseCode::Error.into()))
        }
    }
}

async fn patiently(sending: impl Future<Output = Result<(), Closed>>) -> Result<(), End> {
    match time::timeout(SEND_PATIENCE, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(Closed)) => Err(None),
        Err(_) => Err(Some(reason(WatchEnd::TooSlow))),
    }
}

fn reason(end: WatchEnd) -> CloseReason {
    let (code, description) = match end {
        WatchEnd::SessionEnded => (CloseCode::Other(SESSION_OVER), "the session is over"),
        WatchEnd::TooSlow => (
            CloseCode::Other(TOO_SLOW),
            "too slow: come back with `after`",
        ),
        WatchEnd::Closing => (CloseCode::Away, "the server stops: come back with `after`"),
    };
    (code, description).into()
}

/// What is wrong with what the client sent.
fn fault(error: &ProtocolError) -> CloseReason {
    let code = match error {
        ProtocolError::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
            CloseCode::Invalid
        }
        // So the aggregation says that the parts are too long together.
        ProtocolError::Overflow | ProtocolError::Io(_) => CloseCode::Size,
        _ => CloseCode::Protocol,
    };
    code.into()
}
