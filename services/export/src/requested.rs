//! Requests that are sent again under an id of the caller's own.

use acuse_domain::error::{Error, Result};
use acuse_domain::ids::Digest;
use acuse_store::{RequestId, Requested};
use prost::Message;
use uuid::Uuid;

/// The id of a request, where it has one, with what is asked for. It is what was sent that counts, not what is made of it: defaults
/// and presets mean something else another day. Fields that were not sent add nothing to it, so that it is the same to versions that
/// know other ones; what holds a map, whose order is any, would not be the same twice.
pub(crate) fn identified<M: Message>(id: Option<Uuid>, asked: Option<&M>) -> Option<RequestId> {
    let digest = Digest::of(&[&asked.map(M::encode_to_vec).unwrap_or_default()]);
    id.map(|id| RequestId { id, digest })
}

/// What the earlier request has created.
///
/// # Errors
///
/// ALREADY_EXISTS where it asked for something else.
pub(crate) fn same<T>(before: Requested<T>) -> Result<T> {
    match before {
        Requested::Same(created) => Ok(created),
        Requested::Other => Err(Error::request_id_reused()),
    }
}

#[cfg(test)]
mod tests {
    use acuse_proto::export::{ExportFormat, ExportRequest};

    use super::*;

    /// A version before, or after, has to make the same of it: it may be that one that the request is sent again to.
    #[test]
    fn the_same_bytes_have_the_same_digest_in_every_version() {
        let asked = ExportRequest {
            format: ExportFormat::Csv.into(),
            name: Some("a".to_owned()),
            ..ExportRequest::default()
        };
        // Field 2 is 1, field 3 is "a": what was not sent adds nothing, whatever fields there are.
        let wire = [0x10, 1, 0x1a, 1, b'a'];
        let id = identified(Some(Uuid::nil()), Some(&asked)).unwrap();
        assert_eq!(id.digest, Digest::of(&[&wire]));
    }

    #[test]
    fn what_is_asked_for_tells_requests_apart() {
        let of = |format: ExportFormat| ExportRequest {
            format: format.into(),
            ..ExportRequest::default()
        };
        let id = Some(Uuid::nil());
        let digest = |asked: Option<&ExportRequest>| identified(id, asked).unwrap().digest;
        let (csv, xlsx) = (of(ExportFormat::Csv), of(ExportFormat::Xlsx));
        assert_eq!(digest(Some(&csv)), digest(Some(&csv.clone())));
        assert_ne!(digest(Some(&csv)), digest(Some(&xlsx)));
        assert_ne!(digest(Some(&csv)), digest(None));
        assert_eq!(identified(None, Some(&csv)), None);
    }
}
