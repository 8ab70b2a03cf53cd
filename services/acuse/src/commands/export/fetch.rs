//! Fetching a file, whatever becomes of the connection meanwhile.

use std::{future::Future, time::Duration};

use acuse_proto::export::DownloadExportResponse;
use futures::stream::{Stream, StreamExt as _};
use tokio::time::sleep;
use tonic::{Code, Status};

use super::file::Incoming;
use crate::failure::Failure;

/// How many times in a row nothing may come before it is given up.
const ATTEMPTS: u32 = 6;

/// How long to wait before it goes on.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a file could not be fetched.
#[derive(Debug)]
pub(super) enum Fault {
    /// The service does not send it.
    Refused(Status),
    /// More came than there is.
    Excess(Failure),
    /// It could not be taken in.
    Local(Failure),
}

/// Fetches what is missing of a file. `open` gives its bytes from an offset on, and is asked again from where they broke off;
/// `received` is told how many came.
pub(super) async fn fetch<F, S>(
    file: &mut Incoming,
    mut open: impl FnMut(u64) -> F,
    mut received: impl FnMut(u64),
) -> Result<(), Fault>
where
    F: Future<Output = Result<S, Status>>,
    S: Stream<Item = Result<DownloadExportResponse, Status>> + Unpin,
{
    let mut in_vain = 0;
    while !file.is_whole() {
        let before = file.received();
        let broken = match open(before).await {
            Ok(pieces) => take(file, pieces, &mut received).await?,
            Err(status) => status,
        };
        if file.is_whole() {
            break;
        }
        in_vain = if file.received() > before {
            0
        } else {
            in_vain + 1
        };
        if in_vain == ATTEMPTS || !passes(broken.code()) {
            return Err(Fault::Refused(broken));
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

/// Takes pieces until there are no more; gives what ended them.
async fn take<S>(
    file: &mut Incoming,
    mut pieces: S,
    received: &mut impl FnMut(u64),
) -> Result<Status, Fault>
where
    S: Stream<Item = Result<DownloadExportResponse, Status>> + Unpin,
{
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) if !file.fits(&piece.chunk) => {
                let text = "more came than the file has";
                return Err(Fault::Excess(Failure::new(text)));
            }
            Ok(piece) => file.take(&piece.chunk).map_err(Fault::Local)?,
            Err(status) => return Ok(status),
        }
        received(file.received());
    }
    Ok(Status::unknown("the file ended before its end"))
}

/// Whether it may go better the next time. A connection that breaks is told as one of several codes.
pub(super) fn passes(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable
            | Code::Unknown
            | Code::Internal
            | Code::Cancelled
            | Code::Aborted
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
    )
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, path::PathBuf};

    use futures::stream;

    use super::super::file::Place;
    use super::*;

    /// Of "0123456789".
    const SHA256: &str = "84d89877f0d4041efb6bf91a16f0248f2fd573e6af05c19f96bedb9f882f7882";

    const ID: &str = "019aa0c2-7d4e-7b1f-9c55-0e2f6a1b3c4d";

    type Piece = Result<DownloadExportResponse, Status>;

    fn piece(text: &str) -> Piece {
        Ok(DownloadExportResponse {
            chunk: text.as_bytes().to_vec(),
        })
    }

    fn begun(folder: &tempfile::TempDir) -> (PathBuf, Incoming) {
        let path = folder.path().join("digits");
        let place = Place::in_folder(&path, false).unwrap();
        (path, Incoming::begin(place, ID, 10).unwrap())
    }

    /// Fetches with these answers, one after the other; gives from where on they were asked for.
    async fn fetched(
        file: &mut Incoming,
        answers: impl IntoIterator<Item = Result<Vec<Piece>, Status>>,
    ) -> (Result<(), Fault>, Vec<u64>) {
        let answers = RefCell::new(answers.into_iter());
        let offsets = RefCell::new(Vec::new());
        let open = |offset| {
            offsets.borrow_mut().push(offset);
            let answer = answers.borrow_mut().next().unwrap();
            std::future::ready(answer.map(stream::iter))
        };
        let done = fetch(file, open, |_| {}).await;
        (done, offsets.into_inner())
    }

    fn files(folder: &tempfile::TempDir) -> usize {
        folder.path().read_dir().unwrap().count()
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_goes_on_where_it_broke_off() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = begun(&folder);
        let away = || Status::unavailable("away");
        let answers = [
            Err(away()),
            Ok(vec![
                piece("012"),
                piece("34"),
                Err(Status::unknown("reset")),
            ]),
            Ok(vec![piece("5")]),
            Err(away()),
            Ok(vec![piece("6789")]),
        ];
        let (done, offsets) = fetched(&mut file, answers).await;
        done.unwrap();
        assert_eq!(offsets, [0, 0, 5, 6, 6]);
        assert!(!path.exists(), "not under its name before it is checked");
        assert_eq!(file.finish(SHA256).unwrap().as_ref(), Some(&path));
        assert_eq!(std::fs::read(&path).unwrap(), b"0123456789");
        assert_eq!(files(&folder), 1);
        assert!(Place::in_folder(&path, false).is_err());
        assert!(Place::in_folder(&path, true).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn what_came_before_is_not_fetched_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = begun(&folder);
        let refusal = || Status::permission_denied("no");
        let answer = [Ok(vec![piece("0123"), Err(refusal())])];
        let (done, _) = fetched(&mut file, answer).await;
        assert!(
            matches!(done, Err(Fault::Refused(status)) if status.code() == Code::PermissionDenied)
        );
        let part = file.kept().unwrap().to_owned();
        let mode = std::os::unix::fs::MetadataExt::mode(&part.metadata().unwrap());
        assert_eq!(mode & 0o777, 0o600);
        // Nobody else writes into it meanwhile.
        let place = || Place::in_folder(&path, false).unwrap();
        assert!(Incoming::begin(place(), ID, 10).is_err());
        drop(file);
        let (_, mut file) = begun(&folder);
        let (done, offsets) = fetched(&mut file, [Ok(vec![piece("456789")])]).await;
        done.unwrap();
        assert_eq!(offsets, [4]);
        assert!(!path.exists());
        file.finish(SHA256).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"0123456789");
        assert_eq!(files(&folder), 1);

        // What came of another export, or is longer than the file, is no part of it.
        std::fs::write(&part, "0123456789a").unwrap();
        let elsewhere = folder.path().join("others");
        let place = || Place::in_folder(&elsewhere, false).unwrap();
        let other = Incoming::begin(place(), "another", 10).unwrap();
        assert_eq!(other.received(), 0);
        other.give_up();
        std::fs::rename(&part, folder.path().join(format!("others.{ID}.part"))).unwrap();
        let file = Incoming::begin(place(), ID, 10).unwrap();
        assert_eq!(file.received(), 0);
        file.give_up();
        assert_eq!(files(&folder), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_comes_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut file) = begun(&folder);
        let nothing = std::iter::repeat_with(|| Ok(Vec::new()));
        let (done, offsets) = fetched(&mut file, nothing).await;
        assert!(matches!(done, Err(Fault::Refused(_))));
        assert_eq!(offsets.len(), ATTEMPTS as usize);
        assert_eq!(file.kept(), None);
        let (done, _) = fetched(&mut file, [Ok(vec![piece("01234567890")])]).await;
        assert!(matches!(done, Err(Fault::Excess(_))));
        file.give_up();
        assert_eq!(files(&folder), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_the_file_gets_no_name() {
        let folder = tempfile::tempdir().unwrap();
        let (_, mut file) = begun(&folder);
        let (done, _) = fetched(&mut file, [Ok(vec![piece("0123456780")])]).await;
        done.unwrap();
        let failure = file.finish(SHA256).unwrap_err().to_string();
        assert!(failure.contains("SHA-256"), "{failure}");
        assert_eq!(files(&folder), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_came_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut file) = begun(&folder);
        let (done, _) = fetched(&mut file, [Ok(vec![piece("0123456789")])]).await;
        done.unwrap();
        std::fs::write(&path, "other").unwrap();
        assert!(file.finish(SHA256).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"other");
    }
}
