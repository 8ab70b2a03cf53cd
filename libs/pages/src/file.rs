//! The file as such: objects one after the other, and where each begins.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Chunk, Finish as _, Obj, Ref, Settings};

/// A file under way. Its bytes may be taken out while it grows.
pub(crate) struct File {
    bytes: Vec<u8>,
    /// How many bytes were taken out.
    taken: usize,
    /// Where each object begins, by its number less one; 0 for one that is not written.
    offsets: Vec<usize>,
}

impl File {
    pub(crate) fn new() -> Self {
        Self {
            // The bytes beyond ASCII tell programs that move files that this is no text.
            bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(),
            taken: 0,
            offsets: Vec::new(),
        }
    }

    /// A number for an object that will be written.
    pub(crate) fn reserve(&mut self) -> Ref {
        self.offsets.push(0);
        reference(self.offsets.len())
    }

    /// Writes an object under its number.
    pub(crate) fn object(&mut self, id: Ref, write: impl FnOnce(Obj<'_>)) {
        let mut chunk = chunk();
        write(chunk.indirect(id));
        self.add(id, &chunk);
    }

    /// Writes an object that is a stream, compressed; `describe` adds to its dictionary.
    pub(crate) fn stream(
        &mut self,
        id: Ref,
        data: &[u8],
        describe: impl FnOnce(&mut pdf_writer::Stream<'_>),
    ) {
        let packed = compressed(data);
        let mut chunk = chunk();
        let mut stream = chunk.stream(id, &packed);
        stream.filter(pdf_writer::Filter::FlateDecode);
        describe(&mut stream);
        stream.finish();
        self.add(id, &chunk);
    }

    /// Adds an object that was written apart.
    pub(crate) fn add(&mut self, id: Ref, chunk: &Chunk) {
        let begin = self.taken + self.bytes.len();
        if let Some(offset) = usize::try_from(id.get())
            .ok()
            .and_then(|number| self.offsets.get_mut(number.saturating_sub(1)))
        {
            *offset = begin;
        }
        self.bytes.extend_from_slice(chunk.as_bytes());
    }

    /// What was written since this was asked last.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.taken += self.bytes.len();
        std::mem::take(&mut self.bytes)
    }

    /// Ends the file, and gives what was not taken yet.
    pub(crate) fn finish(mut self, catalog: Ref, info: Ref) -> Vec<u8> {
        let begin = self.taken + self.bytes.len();
        let size = self.offsets.len() + 1;
        let mut table = format!("xref\n0 {size}\n0000000000 65535 f\r\n");
        for offset in &self.offsets {
            let kind = if *offset == 0 { 'f' } else { 'n' };
            let generation = if *offset == 0 { 65_535 } else { 0 };
            table.push_str(&format!("{offset:010} {generation:05} {kind}\r\n"));
        }
        table.push_str(&format!(
            "trailer\n<</Size {size}/Root {} 0 R/Info {} 0 R>>\nstartxref\n{begin}\n%%EOF\n",
            catalog.get(),
            info.get()
        ));
        self.bytes.extend_from_slice(table.as_bytes());
        self.take()
    }
}

fn chunk() -> Chunk {
    Chunk::with_settings(Settings { pretty: false })
}

fn reference(number: usize) -> Ref {
    Ref::new(i32::try_from(number).unwrap_or(i32::MAX))
}

fn compressed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::new(6));
    // Memory takes what is written.
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}
