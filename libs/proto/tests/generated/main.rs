//! The generated code and the API reference that are checked in are what the protos give. Needs no protoc.

mod reference;

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::FileDescriptorSet;

/// Set to overwrite what is checked in instead of comparing with it.
const REGENERATE: &str = "ACUSE_REGENERATE";

/// What batches of rows are in Rust, whichever table they are of.
const ROWS: &str = "crate::EncodedRows";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn generated_code_is_fresh() -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    compare(&here.join("src/gen"), &generate(&compiled(here)?)?)
}

#[test]
fn the_api_reference_is_fresh() -> Result<()> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    compare(
        &here.join("../../docs/api"),
        &reference::pages(&compiled(here)?)?,
    )
}

/// Fails unless the folder holds these files and no others; overwrites it where that is asked for.
fn compare(checked_in: &Path, expected: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    if std::env::var_os(REGENERATE).is_some() {
        if checked_in.exists() {
            fs::remove_dir_all(checked_in)?;
        }
        fs::create_dir_all(checked_in)?;
        for (name, bytes) in expected {
            fs::write(checked_in.join(name), bytes)?;
        }
        return Ok(());
    }

    let found = read(checked_in)?;
    let stale: Vec<&String> = expected
        .keys()
        .chain(found.keys())
        .filter(|name| expected.get(*name) != found.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "{stale:?} differ from what the protos give; run: \
         {REGENERATE}=1 cargo test -p acuse-proto --no-default-features --test generated"
    );
    Ok(())
}

/// All protos. Their source information carries the comments, which become the docs of the generated code and the reference.
fn compiled(here: &Path) -> Result<FileDescriptorSet> {
    let root = here.join("../../proto");
    let files = protos(&root, &root)?;
    let mut compiler = protox::Compiler::new([root])?;
    compiler.include_imports(true).include_source_info(true);
    Ok(compiler.open_files(files)?.file_descriptor_set())
}

/// The files that `src/gen` should hold, by name.
fn generate(descriptors: &FileDescriptorSet) -> Result<BTreeMap<String, Vec<u8>>> {
    let out = std::env::temp_dir().join(format!("acuse-proto-{}", std::process::id()));
    fs::create_dir_all(&out)?;
    tonic_prost_build::configure()
        .out_dir(&out)
        .emit_rerun_if_changed(false)
        // Hardly any status is an echo.
        .boxed(".acuse.type.v1.StatusEvidence.echo")
        .extern_path(".acuse.reporting.v1.HsmManagementRows", ROWS)
        .extern_path(".acuse.reporting.v1.MessageRows", ROWS)
        .extern_path(".acuse.reporting.v1.ReceivedMessageRows", ROWS)
        .compile_fds(descriptors.clone())?;
    let mut generated: BTreeMap<String, Vec<u8>> = read(&out)?
        .into_iter()
        // `type` is a keyword; its escape belongs into code, not into a file's name.
        .map(|(name, code)| (name.replace("r#", ""), code))
        .collect();
    fs::remove_dir_all(&out)?;

    generated.insert(
        "descriptors.binpb".to_owned(),
        stripped(descriptors.clone()),
    );
    Ok(generated)
}

/// Every proto below `dir`, as paths relative to `root`, in a stable order.
fn protos(root: &Path, dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(protos(root, &path)?);
        } else if path.extension().is_some_and(|ext| ext == "proto") {
            found.push(path.strip_prefix(root)?.to_owned());
        }
    }
    found.sort();
    Ok(found)
}

/// The descriptors as served by reflection: without comments and positions, which are ten times the rest.
fn stripped(mut descriptors: FileDescriptorSet) -> Vec<u8> {
    for file in &mut descriptors.file {
        file.source_code_info = None;
    }
    descriptors.encode_to_vec()
}

/// The files of a folder, by name.
fn read(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    fs::read_dir(dir)?
        .map(|entry| {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Ok((name, fs::read(entry.path())?))
        })
        .collect()
}
