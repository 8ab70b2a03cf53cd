//! Gives the bytes of an export's file.

use acuse_domain::error::{Error, ErrorKind, Result};
use acuse_domain::scope::{Caller, Scope};
use acuse_store::export::{File, Job, JobState};
use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, StreamExt as _};
use uuid::Uuid;

use crate::parts::Parts;
use crate::standing::{state, visible};

/// Bytes of one piece at most.
const PIECE: usize = 256 * 1024;

/// The bytes of a file from `offset` on, in pieces of at most 256 KiB.
///
/// # Errors
///
/// NOT_FOUND where the export does not exist for the caller, PERMISSION_DENIED where they see less now than its asker saw,
/// FAILED_PRECONDITION where its file is not there, OUT_OF_RANGE for an offset beyond its end, UNAVAILABLE while the database is
/// away.
pub(crate) async fn download_export(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    id: Uuid,
    offset: u64,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let (_, file) = downloadable(parts, (caller, scope), id).await?;
    if offset > file.size {
        return Err(Error::new(
            ErrorKind::OutOfRange,
            "OFFSET_OUT_OF_RANGE",
            format!("the file has {} bytes; offset must be 0 to that", file.size),
        ));
    }
    if offset == file.size {
        return Ok(stream::empty().boxed());
    }
    let bytes = parts.objects.read(&file.key, offset..file.size).await?;
    Ok(pieces(bytes))
}

/// An export and its file, which a caller may have.
///
/// # Errors
///
/// NOT_FOUND where the export does not exist for the caller, PERMISSION_DENIED where they see less now than its asker saw,
/// FAILED_PRECONDITION where its file is not there, UNAVAILABLE while the database is away.
pub(crate) async fn downloadable(
    parts: &Parts,
    (caller, scope): (&Caller, &Scope),
    id: Uuid,
) -> Result<(Job, File)> {
    let job = visible(parts, (caller, scope), id).await?;
    if !scope.includes(&job.asker.scope) {
        return Err(Error::new(
            ErrorKind::PermissionDenied,
            "EXPORT_OUT_OF_SCOPE",
            "the file holds more than your token lets you see now; ask for an export again",
        ));
    }
    let file = file(&job, state(&job, parts.clock.now()))?.clone();
    Ok((job, file))
}

fn file(job: &Job, state: JobState) -> Result<&File> {
    let (reason, text) = match (state, &job.file) {
        (JobState::Succeeded, Some(file)) => return Ok(file),
        (JobState::Failed, _) => ("EXPORT_FAILED", "the export failed; there is no file"),
        (JobState::Cancelled, _) => (
            "EXPORT_CANCELLED",
            "the export was cancelled; there is no file",
        ),
        (JobState::Expired, _) => (
            "EXPORT_EXPIRED",
            "the file has expired; ask for the export again",
        ),
        _ => (
            "EXPORT_NOT_READY",
            "the file is not there yet; wait until the export has succeeded",
        ),
    };
    Err(Error::new(ErrorKind::FailedPrecondition, reason, text))
}

/// Bytes as they come, in pieces as long as they may be.
fn pieces(bytes: BoxStream<'static, Result<Bytes>>) -> BoxStream<'static, Result<Bytes>> {
    let begin = (bytes, BytesMut::new());
    stream::try_unfold(begin, |(mut bytes, mut held)| async move {
        while held.len() < PIECE {
            match bytes.next().await {
                Some(more) => held.extend_from_slice(&more?),
                None => break,
            }
        }
        let piece = held.split_to(held.len().min(PIECE)).freeze();
        Ok((!piece.is_empty()).then_some((piece, (bytes, held))))
    })
    .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_are_as_long_as_they_may_be() {
        let given = [1, PIECE, 3 * PIECE, 10].map(|length| Ok(Bytes::from(vec![7; length])));
        let cut: Vec<_> = pieces(stream::iter(given).boxed()).collect().await;
        let lengths: Vec<usize> = cut
            .iter()
            .map(|piece| piece.as_ref().unwrap().len())
            .collect();
        assert_eq!(lengths, [PIECE, PIECE, PIECE, PIECE, 11]);
    }

    #[tokio::test]
    async fn what_breaks_off_is_no_end() {
        let given = [
            Ok(Bytes::from_static(b"abc")),
            Err(Error::internal("broken")),
        ];
        let cut: Vec<_> = pieces(stream::iter(given).boxed()).collect().await;
        assert!(matches!(cut.as_slice(), [Err(_)]));
    }
}
