//! Requests for every method, made of the descriptors alone: one that is new is asked as well, without a line here.

use acuse_domain::scope::{Permission, Role};
use acuse_proto::FILE_DESCRIPTOR_SET;
use acuse_rpc::Secret;
use acuse_testkit::service::Keys;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value,
};
use rand::Rng as _;
use rand::rngs::StdRng;

/// Where messages hold themselves, how deep they are filled.
const DEPTH: usize = 12;

/// A method of one of the services.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    /// As it is called: `/acuse.export.v1.ExportService/GetExport`.
    pub(crate) path: String,
    /// The package that it is of.
    pub(crate) package: String,
    pub(crate) input: MessageDescriptor,
    /// Whether it answers with a stream, which may have no end.
    pub(crate) streams: bool,
}

/// All of them.
pub(crate) fn methods() -> Vec<Method> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let methods: Vec<Method> = pool
        .services()
        .filter(|service| service.package_name().starts_with("acuse."))
        .flat_map(|service| {
            let methods: Vec<Method> = service
                .methods()
                .map(|method| Method {
                    path: format!("/{}/{}", service.full_name(), method.name()),
                    package: service.package_name().to_owned(),
                    input: method.input(),
                    streams: method.is_server_streaming(),
                })
                .collect();
            methods
        })
        .collect();
    assert!(methods.len() > 60, "{}", methods.len());
    methods
}

/// Who may call something: whoever may do everything in a workspace, and who runs the installation.
pub(crate) fn callers(keys: &Keys, workspace: &str) -> [Secret; 2] {
    use Permission::{Admin, Export, Ingest, Report};
    let all = [Ingest, Report, Export, Admin];
    [
        keys.allowed(Role::Administrator, workspace, &all),
        keys.operator(),
    ]
}

/// What stands in the fields of a message.
pub(crate) trait Filling {
    /// Whether a field is there.
    fn has(&mut self, _field: &FieldDescriptor) -> bool {
        true
    }

    /// What it holds, or each of its elements, where it holds no message.
    fn value(&mut self, field: &FieldDescriptor) -> Value;
}

/// A message with a filling. Where there is one of several fields, `choice` says which, and on what it holds itself.
pub(crate) fn filled(
    of: &MessageDescriptor,
    choice: usize,
    filling: &mut dyn Filling,
) -> DynamicMessage {
    filled_to(of, choice, filling, DEPTH)
}

fn filled_to(
    of: &MessageDescriptor,
    choice: usize,
    filling: &mut dyn Filling,
    depth: usize,
) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for field in of.fields() {
        if depth == 0 || field.is_map() || !is_chosen(&field, choice) || !filling.has(&field) {
            continue;
        }
        let value = match field.kind() {
            Kind::Message(held) => {
                let choice = choice / widest(of);
                Value::Message(filled_to(&held, choice, filling, depth - 1))
            }
            _ => filling.value(&field),
        };
        let value = if field.is_list() {
            Value::List(vec![value])
        } else {
            value
        };
        message.set_field(&field, value);
    }
    message
}

/// Whether a field is there, of those of which there is one.
fn is_chosen(field: &FieldDescriptor, choice: usize) -> bool {
    let Some(all) = field.containing_oneof() else {
        return true;
    };
    let fields: Vec<FieldDescriptor> = all.fields().collect();
    fields[choice % fields.len()] == *field
}

/// Of how many fields there is one, at most, in a message itself.
fn widest(of: &MessageDescriptor) -> usize {
    let all = of.oneofs().map(|all| all.fields().count());
    all.max().unwrap_or(1)
}

/// How many choices there are in a message and in what it holds: with as many every field is there once.
pub(crate) fn choices(of: &MessageDescriptor) -> usize {
    fn within(of: &MessageDescriptor, depth: usize) -> usize {
        let below = of.fields().map(|field| match field.kind() {
            Kind::Message(of) if depth > 0 => within(&of, depth - 1),
            _ => 1,
        });
        widest(of) * below.max().unwrap_or(1)
    }
    within(of, DEPTH)
}

/// The same text wherever there can be one, and nothing else.
pub(crate) struct Texts(pub(crate) String);

impl Filling for Texts {
    fn has(&mut self, field: &FieldDescriptor) -> bool {
        matches!(field.kind(), Kind::String | Kind::Bytes | Kind::Message(_))
    }

    fn value(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Bytes => Value::Bytes(self.0.clone().into_bytes().into()),
            _ => Value::String(self.0.clone()),
        }
    }
}

/// Whatever chance gives, with a liking for what is at an edge.
pub(crate) struct Chance<'a>(pub(crate) &'a mut StdRng);

impl Chance<'_> {
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.0.random_range(0..of.len())].clone()
    }

    fn text(&mut self) -> String {
        const EDGES: [&str; 16] = [
            "",
            " ",
            "\0",
            "acme",
            "-1",
            "0",
            "1e999",
            "'; DROP TABLE message_state.messages; --",
            "%s%n\u{202e}\u{feff}",
            "+56912345678",
            "America/Santiago",
            "2026-02-30",
            "01890a5d-ac96-774b-bcce-b302099a8057",
            "../../etc/passwd",
            "{\"entry\":[[[[",
            "👩‍👩‍👧 ñandú",
        ];
        match self.0.random_range(0..4) {
            0 => {
                let length = self.0.random_range(0..5_000);
                (0..length).map(|_| self.0.random::<char>()).collect()
            }
            _ => self.one(&EDGES).to_owned(),
        }
    }
}

impl Filling for Chance<'_> {
    fn has(&mut self, _field: &FieldDescriptor) -> bool {
        self.0.random_bool(0.8)
    }

    fn value(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Double => {
                Value::F64(self.one(&[0.0, -0.0, f64::NAN, f64::INFINITY, f64::MIN, 1e-320]))
            }
            Kind::Float => Value::F32(self.one(&[0.0, f32::NAN, f32::NEG_INFINITY, f32::MAX])),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(self.one(&[0, 1, -1, 7, 50, 1_001, i32::MIN, i32::MAX]))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                Value::I64(self.one(&[0, -1, 1_794_700_800, 253_402_300_800, i64::MIN, i64::MAX]))
            }
            Kind::Uint32 | Kind::Fixed32 => Value::U32(self.one(&[0, 1, u32::MAX])),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(self.one(&[0, 1, u64::MAX])),
            Kind::Bool => Value::Bool(self.0.random()),
            Kind::String => Value::String(self.text()),
            Kind::Bytes => Value::Bytes(self.text().into_bytes().into()),
            Kind::Enum(of) => {
                let known: Vec<i32> = of.values().map(|value| value.number()).collect();
                let odd = [-1, 99, i32::MIN, i32::MAX];
                let number = if self.0.random_bool(0.7) {
                    self.one(&known)
                } else {
                    self.one(&odd)
                };
                Value::EnumNumber(number)
            }
            Kind::Message(of) => Value::Message(DynamicMessage::new(of)),
        }
    }
}

/// The fields that hold text or bytes, in a message and in those that it holds; each once.
pub(crate) fn texts_in(of: &MessageDescriptor) -> Vec<FieldDescriptor> {
    fn collect(of: &MessageDescriptor, depth: usize, found: &mut Vec<FieldDescriptor>) {
        for field in of.fields() {
            match field.kind() {
                Kind::String | Kind::Bytes => found.push(field),
                Kind::Message(of) if depth > 0 => collect(&of, depth - 1, found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(of, DEPTH, &mut found);
    found.sort_by_key(|field| field.full_name().to_owned());
    found.dedup();
    found
}
