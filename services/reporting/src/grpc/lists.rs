//! Lists for the wire.

use acuse_domain::error::{Error, Result as Checked};
use acuse_domain::scope::Permission;
use acuse_proto::convert::reporting::{Question, list};
use acuse_proto::convert::{message, received_message};
use acuse_proto::reporting::{
    self as wire, ListFailedMessagesRequest, ListFailedMessagesResponse,
    ListInboundMessagesRequest, ListInboundMessagesResponse, ListInfo, ListOutboundMessagesRequest,
    ListOutboundMessagesResponse,
};
use acuse_proto::types;
use acuse_rpc::auth::Access;
use acuse_rpc::paging::{self, Listing};
use acuse_rpc::status::ResultExt as _;
use tonic::Status;

use super::basis::basis;
use crate::list_messages::{Page, Position, REACH, list_messages, list_received};
use crate::parts::Parts;
use crate::table_of::Kind;

/// What the requests for lists have in common.
struct Asked {
    question: Question,
    position: Option<Position>,
    size: usize,
}

/// One list as one caller asks for it.
struct Caller<'a> {
    parts: &'a Parts,
    access: &'a Access,
    method: &'static str,
    /// The question as it came.
    question: Vec<u8>,
}

/// Outbound messages.
///
/// # Errors
///
/// As every list: INVALID_ARGUMENT, PERMISSION_DENIED, NOT_FOUND for an unknown workspace, UNAVAILABLE while the database is
/// away.
pub(super) async fn outbound(
    parts: &Parts,
    access: &Access,
    request: ListOutboundMessagesRequest,
) -> Result<ListOutboundMessagesResponse, Status> {
    let caller = Caller::new(
        parts,
        access,
        "ListOutboundMessages",
        request.question.as_ref(),
    );
    let page = (request.page_size, request.page_token.as_str());
    let (messages, next_page_token, info) =
        caller.sent(Kind::Outbound, request.question, page).await?;
    Ok(ListOutboundMessagesResponse {
        messages,
        next_page_token,
        info: Some(info),
    })
}

/// Messages that failed.
///
/// # Errors
///
/// As every list.
pub(super) async fn failed(
    parts: &Parts,
    access: &Access,
    request: ListFailedMessagesRequest,
) -> Result<ListFailedMessagesResponse, Status> {
    let caller = Caller::new(
        parts,
        access,
        "ListFailedMessages",
        request.question.as_ref(),
    );
    let page = (request.page_size, request.page_token.as_str());
    let (messages, next_page_token, info) =
        caller.sent(Kind::Failed, request.question, page).await?;
    Ok(ListFailedMessagesResponse {
        messages,
        next_page_token,
        info: Some(info),
    })
}

/// Inbound messages.
///
/// # Errors
///
/// As every list.
pub(super) async fn inbound(
    parts: &Parts,
    access: &Access,
    request: ListInboundMessagesRequest,
) -> Result<ListInboundMessagesResponse, Status> {
    let caller = Caller::new(
        parts,
        access,
        "ListInboundMessages",
        request.question.as_ref(),
    );
    let page = (request.page_size, request.page_token.as_str());
    let scope = access.require(Permission::Report)?;
    let asked = caller.asked(request.question, page).or_status()?;
    let place = (asked.position, asked.size);
    let found = list_received(parts, &scope, asked.question, place).await;
    let mut found = found.or_status()?;
    let messages = std::mem::take(&mut found.messages).into_iter();
    let messages = messages.map(|(inbound, details)| received_message(&inbound, details));
    let (next_page_token, info) = caller.rest(found);
    Ok(ListInboundMessagesResponse {
        messages: messages.collect(),
        next_page_token,
        info: Some(info),
    })
}

impl<'a> Caller<'a> {
    fn new(
        parts: &'a Parts,
        access: &'a Access,
        method: &'static str,
        question: Option<&wire::Question>,
    ) -> Self {
        let question = question.map(prost::Message::encode_to_vec);
        Self {
            parts,
            access,
            method,
            question: question.unwrap_or_default(),
        }
    }

    async fn sent(
        &self,
        kind: Kind,
        question: Option<wire::Question>,
        page: (i32, &str),
    ) -> Result<(Vec<types::Message>, String, ListInfo), Status> {
        let scope = self.access.require(Permission::Report)?;
        let asked = self.asked(question, page).or_status()?;
        let place = (asked.position, asked.size);
        let found = list_messages(self.parts, &scope, kind, asked.question, place).await;
        let mut found = found.or_status()?;
        let (messages, language) = (std::mem::take(&mut found.messages), found.language);
        let messages = messages.into_iter();
        let messages = messages.map(|(outbound, details)| message(&outbound, details, language));
        let messages = messages.collect();
        let (next, info) = self.rest(found);
        Ok((messages, next, info))
    }

    fn asked(
        &self,
        question: Option<wire::Question>,
        (page_size, page_token): (i32, &str),
    ) -> Checked<Asked> {
        let question = list(question, self.parts.clock.now()).map_err(Error::invalid)?;
        let size = paging::size("page_size", page_size)?;
        let place = self.listing(|listing| self.parts.pages.read(listing, page_token))?;
        let position = place
            .map(|place| Position::from_bytes(&place))
            .transpose()?;
        Ok(Asked {
            question,
            position,
            size,
        })
    }

    /// The token to go on with, and what all pages have in common.
    fn rest<T>(&self, page: Page<T>) -> (String, ListInfo) {
        let token = |position: Position| {
            self.listing(|listing| self.parts.pages.issue(listing, &position.to_bytes()))
        };
        let reach = i64::try_from(REACH).unwrap_or(i64::MAX);
        let info = ListInfo {
            basis: page.basis.map(basis),
            total_size: page.total,
            beyond_reach: (page.total - reach).max(0),
        };
        (page.next.map(token).unwrap_or_default(), info)
    }

    fn listing<T>(&self, with: impl FnOnce(&Listing<'_>) -> T) -> T {
        with(&Listing {
            method: self.method,
            request: &[&self.question],
            caller: self.access.caller(),
        })
    }
}
