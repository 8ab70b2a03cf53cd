//! The API reference: a page a package, with the comments of the protos.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
    FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto,
};

use super::Result;

/// What the packages of this API begin with.
const OURS: &str = "acuse.";

// Numbers of the fields under which a descriptor's parts are placed.
const OF_FILE_MESSAGES: i32 = 4;
const OF_FILE_ENUMS: i32 = 5;
const OF_FILE_SERVICES: i32 = 6;
const OF_MESSAGE_FIELDS: i32 = 2;
const OF_MESSAGE_MESSAGES: i32 = 3;
const OF_MESSAGE_ENUMS: i32 = 4;
const OF_ENUM_VALUES: i32 = 2;
const OF_SERVICE_METHODS: i32 = 2;

const ABOUT: &str = "\
# API reference

Made from the protos in [proto/](../../proto) and their comments, by a test. Every service also serves gRPC's own health and
reflection; reporting and export speak gRPC-Web as well. A method's path is its package, service and name, as in
`/acuse.reporting.v1.ReportingService/GetRanking`. How any call may fail stands at [CallError](type-v1.md#callerror).
";

/// The pages, by the names of their files.
pub(super) fn pages(set: &FileDescriptorSet) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut packages: BTreeMap<&str, Vec<File<'_>>> = BTreeMap::new();
    for file in set
        .file
        .iter()
        .filter(|file| file.package().starts_with(OURS))
    {
        packages
            .entry(file.package())
            .or_default()
            .push(File::new(file));
    }
    let mut pages = BTreeMap::new();
    let mut index = ABOUT.to_owned();
    for (package, files) in packages {
        let page = Page::new(package, &files)?;
        write!(index, "\n## [{package}]({})\n\n", page_of(package))?;
        for (service, index_of, file) in files.iter().flat_map(File::services) {
            let about = first_sentence(&file.comment(&[OF_FILE_SERVICES, index_of]));
            writeln!(
                index,
                "- [{0}]({1}#{2}): {about}",
                service.name(),
                page_of(package),
                anchor(service.name())
            )?;
        }
        if files.iter().all(|file| file.proto.service.is_empty()) {
            writeln!(index, "Types that several services share.")?;
        }
        pages.insert(page_of(package), page.text.into_bytes());
    }
    pages.insert("README.md".to_owned(), index.into_bytes());
    check_links(&pages)?;
    Ok(pages)
}

/// A proto with its comments by the paths of what they are about.
struct File<'a> {
    proto: &'a FileDescriptorProto,
    comments: BTreeMap<&'a [i32], &'a str>,
}

impl<'a> File<'a> {
    fn new(proto: &'a FileDescriptorProto) -> Self {
        let places = proto
            .source_code_info
            .iter()
            .flat_map(|info| &info.location);
        let comments = places.map(|place| (place.path.as_slice(), place.leading_comments()));
        Self {
            proto,
            comments: comments.filter(|(_, text)| !text.is_empty()).collect(),
        }
    }

    fn services(&self) -> impl Iterator<Item = (&'a ServiceDescriptorProto, i32, &Self)> {
        self.proto
            .service
            .iter()
            .zip(0..)
            .map(move |(service, index)| (service, index, self))
    }

    /// Its paragraphs, each on one line and fit for Markdown.
    fn comment(&self, path: &[i32]) -> Vec<String> {
        let text = self.comments.get(path).copied().unwrap_or_default();
        let mut paragraphs = vec![String::new()];
        for line in text.lines().map(str::trim) {
            if line.is_empty() {
                paragraphs.push(String::new());
            } else if let Some(last) = paragraphs.last_mut() {
                if !last.is_empty() {
                    last.push(' ');
                }
                last.push_str(&plain(line));
            }
        }
        paragraphs.retain(|paragraph| !paragraph.is_empty());
        paragraphs
    }
}

/// One package's page while it is written.
struct Page {
    text: String,
    headings: BTreeSet<String>,
}

impl Page {
    fn new(package: &str, files: &[File<'_>]) -> Result<Self> {
        let mut page = Self {
            text: format!("# {package}\n"),
            headings: BTreeSet::new(),
        };
        writeln!(
            page.text,
            "\nMade from the protos; [all packages](README.md)."
        )?;
        for (service, index, file) in files.iter().flat_map(File::services) {
            page.service(package, service, index, file)?;
        }
        for file in files {
            for (message, index) in file.proto.message_type.iter().zip(0..) {
                page.message(package, "", message, &[OF_FILE_MESSAGES, index], file)?;
            }
            for (kind, index) in file.proto.enum_type.iter().zip(0..) {
                page.enumeration("", kind, &[OF_FILE_ENUMS, index], file)?;
            }
        }
        Ok(page)
    }

    fn heading(&mut self, level: usize, name: &str, comment: &[String]) -> Result<()> {
        if !self.headings.insert(anchor(name)) {
            return Err(format!("two headings lead to #{}", anchor(name)).into());
        }
        write!(self.text, "\n{} {name}\n", "#".repeat(level))?;
        for paragraph in comment {
            write!(self.text, "\n{paragraph}\n")?;
        }
        Ok(())
    }

    fn service(
        &mut self,
        package: &str,
        service: &ServiceDescriptorProto,
        index: i32,
        file: &File<'_>,
    ) -> Result<()> {
        let path = [OF_FILE_SERVICES, index];
        self.heading(2, service.name(), &file.comment(&path))?;
        for (method, index) in service.method.iter().zip(0..) {
            let comment = file.comment(&[path[0], path[1], OF_SERVICE_METHODS, index]);
            self.heading(3, &format!("{}.{}", service.name(), method.name()), &[])?;
            let (asked, answered) = ends(package, method);
            write!(self.text, "\n{asked} → {answered}\n")?;
            for paragraph in comment {
                write!(self.text, "\n{paragraph}\n")?;
            }
        }
        Ok(())
    }

    fn message(
        &mut self,
        package: &str,
        within: &str,
        message: &DescriptorProto,
        path: &[i32],
        file: &File<'_>,
    ) -> Result<()> {
        if message
            .options
            .as_ref()
            .is_some_and(prost_types::MessageOptions::map_entry)
        {
            return Err(format!("{}: maps are not described yet", message.name()).into());
        }
        let name = format!("{within}{}", message.name());
        self.heading(2, &name, &file.comment(path))?;
        if !message.field.is_empty() {
            self.text.push('\n');
        }
        for (field, index) in message.field.iter().zip(0..) {
            let comment = file.comment(&[path, &[OF_MESSAGE_FIELDS, index]].concat());
            let kind = kind(package, field);
            let one_of = field.oneof_index.filter(|_| !field.proto3_optional());
            let one_of =
                one_of.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
            let one_of = one_of.map_or(String::new(), |one| format!(", one of `{}`", one.name()));
            item(
                &mut self.text,
                &format!("`{}` ({kind}{one_of}, {})", field.name(), field.number()),
                &comment,
            )?;
        }
        let within = format!("{name}.");
        for (inner, index) in message.nested_type.iter().zip(0..) {
            let path = [path, &[OF_MESSAGE_MESSAGES, index]].concat();
            self.message(package, &within, inner, &path, file)?;
        }
        for (inner, index) in message.enum_type.iter().zip(0..) {
            let path = [path, &[OF_MESSAGE_ENUMS, index]].concat();
            self.enumeration(&within, inner, &path, file)?;
        }
        Ok(())
    }

    fn enumeration(
        &mut self,
        within: &str,
        kind: &EnumDescriptorProto,
        path: &[i32],
        file: &File<'_>,
    ) -> Result<()> {
        self.heading(2, &format!("{within}{}", kind.name()), &file.comment(path))?;
        self.text.push('\n');
        for (value, index) in kind.value.iter().zip(0..) {
            let comment = file.comment(&[path, &[OF_ENUM_VALUES, index]].concat());
            item(
                &mut self.text,
                &format!("`{}` ({})", value.name(), value.number()),
                &comment,
            )?;
        }
        Ok(())
    }
}

/// An entry of a list, with what is to be said of it.
fn item(text: &mut String, what: &str, comment: &[String]) -> Result<()> {
    match comment {
        [] => return Err(format!("{what} has no comment").into()),
        [first, rest @ ..] => {
            writeln!(text, "- {what}: {first}")?;
            for paragraph in rest {
                write!(text, "\n  {paragraph}\n")?;
            }
        }
    }
    Ok(())
}

/// What a method is asked with and what it answers.
fn ends(package: &str, method: &MethodDescriptorProto) -> (String, String) {
    let end = |streams: bool, name: &str| {
        let stream = if streams { "stream of " } else { "" };
        format!("{stream}{}", link(package, name))
    };
    (
        end(method.client_streaming(), method.input_type()),
        end(method.server_streaming(), method.output_type()),
    )
}

/// What a field holds.
fn kind(package: &str, field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum | Type::Group => link(package, field.type_name()),
        scalar => scalar
            .as_str_name()
            .trim_start_matches("TYPE_")
            .to_lowercase(),
    };
    match field.label() {
        Label::Repeated => format!("repeated {kind}"),
        _ if field.proto3_optional() => format!("optional {kind}"),
        _ => kind,
    }
}

/// A type's name, leading to where it is described if that is here.
fn link(package: &str, full: &str) -> String {
    let full = full.trim_start_matches('.');
    if !full.starts_with(OURS) {
        return format!("`{full}`");
    }
    let parts: Vec<&str> = full.split('.').collect();
    // Types begin with a capital, packages do not.
    let first = parts
        .iter()
        .position(|part| part.starts_with(char::is_uppercase))
        .unwrap_or(parts.len());
    let (home, name) = (parts[..first].join("."), parts[first..].join("."));
    let page = if home == package {
        String::new()
    } else {
        page_of(&home)
    };
    format!("[{name}]({page}#{})", anchor(&name))
}

fn page_of(package: &str) -> String {
    let name = package.trim_start_matches(OURS).replace('.', "-");
    format!("{name}.md")
}

/// Where a heading is found, as GitHub has it.
fn anchor(heading: &str) -> String {
    heading.to_lowercase().replace('.', "")
}

/// A line with what Markdown would take for its own made harmless; what stands between backticks is left.
fn plain(line: &str) -> String {
    let parts = line
        .split('`')
        .enumerate()
        .map(|(index, part)| match index % 2 {
            0 => part
                .replace('*', "\\*")
                .replace('<', "&lt;")
                .replace('[', "\\["),
            _ => part.to_owned(),
        });
    parts.collect::<Vec<_>>().join("`")
}

fn first_sentence(comment: &[String]) -> String {
    let first = comment.first().map(String::as_str).unwrap_or_default();
    first
        .split_inclusive(". ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// Fails where a link leads nowhere.
fn check_links(pages: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let mut anchors = BTreeSet::new();
    for (name, page) in pages {
        let lines = std::str::from_utf8(page)?.lines();
        let headings = lines.filter_map(|line| line.strip_prefix("##").or(line.strip_prefix("# ")));
        anchors.extend(
            headings.map(|heading| {
                format!("{name}#{}", anchor(heading.trim_start_matches('#').trim()))
            }),
        );
    }
    for (name, page) in pages {
        for part in std::str::from_utf8(page)?.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            let whole = if target.starts_with('#') {
                format!("{name}{target}")
            } else {
                target.to_owned()
            };
            let there =
                whole.starts_with("..") || pages.contains_key(&whole) || anchors.contains(&whole);
            if !there {
                return Err(format!("{name} leads to {target}, which is not there").into());
            }
        }
    }
    Ok(())
}
